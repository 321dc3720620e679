import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessFileError } from '../files/access-file-error.ts';
import { scopesOfRole } from '../roles/roles.ts';
import { openClients } from './open-clients.ts';
import { readClients } from './read-clients.ts';

const TOKEN = 'a-token-of-enough-characters';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-clients-'));
  file = join(folder, 'clients.yml');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const write = async (text: string, path = file): Promise<void> =>
  await writeFile(path, text, { mode: 0o600 });

async function refused(text: string): Promise<string> {
  await write(text);
  const error = await readClients(file).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(AccessFileError);
  const { message } = error as AccessFileError; // see above
  expect(message).not.toContain(TOKEN);
  return message;
}

describe('a file of clients', () => {
  it('lists them with their tokens, or the files that these are in', async () => {
    await write(`${TOKEN}\n`, join(folder, 'token'));
    await write(
      `- {clientId: worker/a, accessToken: ${TOKEN}, scopes: ["queue:claim-work:*"]}\n` +
        '- clientId: ci\n  accessTokenFile: token\n  scopes: []\n  expires: 2030-01-31T12:00:00Z\n',
    );
    const { items } = await readClients(file);
    expect(items).toEqual([
      { clientId: 'worker/a', accessToken: TOKEN, scopes: ['queue:claim-work:*'] },
      { clientId: 'ci', accessToken: TOKEN, scopes: [], expiresAt: Date.UTC(2030, 0, 31, 12) },
    ]);
  });

  it('may give a role in the place of scopes, or beside them', async () => {
    await write(
      `- {clientId: ann, accessToken: ${TOKEN}, role: reader}\n` +
        `- {clientId: ci, accessToken: ${TOKEN}, role: reader, scopes: ["cache:push:*"]}\n`,
    );
    const [ann, ci] = (await readClients(file)).items;
    expect(ann).toEqual({
      clientId: 'ann',
      accessToken: TOKEN,
      role: 'reader',
      scopes: scopesOfRole('reader'),
    });
    expect(ci?.scopes).toEqual([...scopesOfRole('reader'), 'cache:push:*']);
    const message = await refused(`- {clientId: a, accessToken: ${TOKEN}, role: root}\n`);
    expect(message).toContain('[0].role: expected one of reader, operator, admin');
  });

  it('may be JSON', async () => {
    await write(JSON.stringify([{ clientId: 'a', accessToken: TOKEN, scopes: ['*'] }]));
    expect((await readClients(file)).items).toHaveLength(1);
  });

  it('is refused with every mistake at its place', async () => {
    const message = await refused(
      `- clientId: a b\n  accessToken: short\n  scopes: [x, "ä"]\n- clientId: ok\n  accessToken: ${TOKEN}\n  scope: []\n`,
    );
    expect(message).toContain('clients.yml:1:13: error: [0].clientId: expected letters');
    expect(message).toContain('clients.yml:2:16: error: [0].accessToken: expected at least 16 characters');
    expect(message).toContain('clients.yml:3:15: error: [0].scopes[1]: expected printable ASCII');
    expect(message).toContain('clients.yml:4:3: error: [1]: Unrecognized key: "scope"');
    expect(message).toContain('clients.yml:4:3: error: [1]: expected scopes, a role, or both');
  });

  it.each([
    [
      `- {clientId: a, accessToken: ${TOKEN}, scopes: []}\n- {clientId: a, accessToken: ${TOKEN}, scopes: []}`,
      'a is there twice',
    ],
    [`- {clientId: anonymous, accessToken: ${TOKEN}, scopes: []}`, 'the server’s own'],
    [`- {clientId: slipway/queue, accessToken: ${TOKEN}, scopes: []}`, 'the server’s own'],
    ['- {clientId: a, scopes: []}', 'either accessToken or accessTokenFile'],
    [`- {clientId: a, accessToken: ${TOKEN}, accessTokenFile: x, scopes: []}`, 'either accessToken or'],
    [`- {clientId: a, accessToken: ${TOKEN}, scopes: [], expires: soon}`, 'expected a moment'],
    [`- {clientId: a, accessToken: "${TOKEN}, scopes: []`, 'neither YAML nor JSON'],
    [`- &x {clientId: a, accessToken: ${TOKEN}, scopes: []}\n- *x`, 'anchors and aliases'],
    ['clientId: a', 'expected a list of clients'],
    ['', 'expected a list of clients'],
    ['- {clientId: a, accessTokenFile: none, scopes: []}', 'it cannot be read: no such file'],
    ['? '.repeat(20_000), 'more keys, anchors and tags'],
    ['['.repeat(100_000), 'clients.yml'],
  ])('is refused where it says %.60s', async (text, reason) => {
    expect(await refused(text)).toContain(reason);
  });

  it('is refused where others may write it, or the file of a token', async () => {
    await write('[]');
    await chmod(file, 0o620);
    await expect(readClients(file)).rejects.toThrow('others than its owner may write it');
    await chmod(file, 0o644);
    expect((await readClients(file)).items).toEqual([]);
    const token = join(folder, 'token');
    await write(TOKEN, token);
    await chmod(token, 0o606);
    await write('[{clientId: a, accessTokenFile: token, scopes: []}]');
    await expect(readClients(file)).rejects.toThrow(/token.*may write it/);
  });

  it('is no folder, and there', async () => {
    await expect(readClients(folder)).rejects.toThrow('no plain file');
    await expect(readClients(join(folder, 'none'))).rejects.toThrow('it cannot be read: no such file');
  });
});

describe('open clients', () => {
  const one = (clientId: string, token = TOKEN): string =>
    `[{clientId: ${clientId}, accessToken: ${token}, scopes: []}]`;

  it('are read again when their file was changed, and stay as they are while it is wrong', async () => {
    let now = 0;
    const errors: unknown[] = [];
    await write(one('first'));
    const clients = await openClients(file, { onError: (error) => errors.push(error), clock: () => now });
    const before = clients.find('first');
    await clients.refresh();
    expect(clients.find('first')).toBe(before); // what was not changed is the same object

    await write('- wrong');
    for (let look = 0; look < 2; look += 1) await clients.refresh();
    expect(errors).toHaveLength(1);
    expect(clients.find('first')).toBe(before);

    await write(one('second'), join(folder, 'new'));
    await rename(join(folder, 'new'), file);
    now += 1000;
    expect(clients.find('second')).toBeUndefined(); // it is looked at after this one
    await clients.refresh();
    expect([clients.find('first'), clients.find('second')?.clientId, clients.size]).toEqual([
      undefined,
      'second',
      1,
    ]);
  });

  it('are read again when the file of a token was changed', async () => {
    const token = join(folder, 'token');
    await write(TOKEN, token);
    await write('[{clientId: a, accessTokenFile: token, scopes: []}]');
    const clients = await openClients(file, { onError: (error) => expect.fail(String(error)) });
    await write('another-token-of-enough-characters', token);
    await clients.refresh();
    expect(clients.find('a')?.accessToken).toBe('another-token-of-enough-characters');
  });
});
