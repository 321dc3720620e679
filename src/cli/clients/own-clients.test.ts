import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClients } from '../../auth/index.ts';
import { localCredentials } from './local-credentials.ts';
import { makeOwnClients, ownClientsFile } from './own-clients.ts';

let folder: string;
let file: string;
let surroundings: { environment: NodeJS.ProcessEnv; currentFolder: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-own-clients-'));
  surroundings = { environment: { SLIPWAY_DATA_DIR: join(folder, 'data') }, currentFolder: folder };
  file = ownClientsFile(surroundings.environment, folder);
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

describe('the clients of a server that was told of none', () => {
  it('are made once, for its owner alone', async () => {
    const made = await Promise.all([makeOwnClients(file), makeOwnClients(file), makeOwnClients(file)]);
    const [first, ...others] = made.filter((each) => each !== undefined);
    expect(others).toEqual([]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { items } = await readClients(file);
    expect(items[0]).toMatchObject({ ...first, clientId: 'admin', role: 'admin', scopes: ['*'] });
    expect(items[1]).toMatchObject({ role: 'admin' });
    expect(items[1]?.clientId).toMatch(/^local\/[0-9a-f]{12}$/);
    const text = await readFile(file, 'utf8');
    expect(await makeOwnClients(file)).toBeUndefined();
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('are those that commands use for a server of this machine, and for no other', async () => {
    await makeOwnClients(file);
    const [, local] = (await readClients(file)).items;
    for (const url of ['http://127.0.0.1:8080', 'http://localhost', 'https://[::1]:1/x'])
      expect(await localCredentials(surroundings, url)).toEqual({
        clientId: local?.clientId,
        accessToken: local?.accessToken,
      });
    for (const url of [
      'http://10.0.0.1:8080',
      'http://127.0.0.1.example.com',
      'https://localhost.example.com',
    ])
      expect(await localCredentials(surroundings, url)).toBeUndefined();
  });

  it('are left alone where there are none, or none for that', async () => {
    const url = 'http://127.0.0.1:8080';
    expect(await localCredentials(surroundings, url)).toBeUndefined();
    await makeOwnClients(file);
    await writeFile(file, '- {clientId: ci, accessToken: 0123456789abcdef, scopes: []}\n');
    expect(await localCredentials(surroundings, url)).toBeUndefined();
    await writeFile(file, 'no list');
    await expect(localCredentials(surroundings, url)).rejects.toThrow('expected a list of clients');
  });
});
