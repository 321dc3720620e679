import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { findDestination } from './destination.ts';
import type { DockerBackendOptions } from './options.ts';

let engine: FakeEngine;
let folder: string;

const config = (auths: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    auths: Object.fromEntries(
      Object.entries(auths).map(([host, login]) => [host, { auth: Buffer.from(login).toString('base64') }]),
    ),
  });

beforeAll(async () => {
  engine = await createFakeEngine();
  folder = mkdtempSync(join(tmpdir(), 'slipway-destination-'));
  writeFileSync(
    join(folder, 'config.json'),
    config({ 'r.example': 'operator:op:word', 'https://own.example/v2/': 'op:own' }),
  );
  for (const owner of ['alice', 'all']) mkdirSync(join(folder, 'secrets', owner), { recursive: true });
  writeFileSync(join(folder, 'secrets/alice/hers.json'), config({ 'r.example': 'alice:her word' }));
  writeFileSync(join(folder, 'secrets/all/shared.json'), config({ 'r.example': 'team:shared' }));
  writeFileSync(join(folder, 'secrets/all/broken.json'), '{"auths": 7}');
  symlinkSync(join(folder, 'config.json'), join(folder, 'secrets/operator.json'));
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const find = async (
  options: Partial<DockerBackendOptions>,
  environment: Readonly<Record<string, string>> = {},
  user = 'alice',
) =>
  await findDestination(
    { engine, dockerConfig: join(folder, 'config.json'), secretsFolder: join(folder, 'secrets'), ...options },
    { environment, user },
  );

const refused = (message: RegExp) =>
  expect.objectContaining({ reason: 'registry-refused', message: expect.stringMatching(message) });

describe('where images of a user go', () => {
  it('is what the operator said, before what the user says', async () => {
    const environment = { REGISTRY_HOST: 'own.example' };
    expect(await find({ registryHost: 'r.example' }, environment)).toEqual({
      pushHost: 'r.example',
      pullHost: 'r.example',
      isPlainHttp: false,
      credentials: { username: 'operator', password: 'op:word' },
    });
    expect(await find({}, environment)).toEqual({
      pushHost: 'own.example',
      pullHost: 'own.example',
      isPlainHttp: false,
      isUsers: true,
    });
  });

  it.each(['127.0.0.1:9200', 'localhost', '127.1.2.3:80', 'LOCALHOST:5000'])(
    'is not this machine where only the user says so: %s',
    async (host) => {
      await expect(find({}, { REGISTRY_HOST: host })).rejects.toEqual(refused(/only the operator can name/));
      const allowed = await find({ plainHttpHosts: [host] }, { REGISTRY_HOST: host });
      expect(allowed).toMatchObject({ pushHost: host, isUsers: true });
    },
  );

  it('has another name for those who pull', async () => {
    const options = {
      registryHost: 'r.example',
      registryPushHost: '10.0.0.1:5000',
      plainHttpHosts: ['10.0.0.1:5000'],
    };
    expect(await find(options)).toMatchObject({
      pushHost: '10.0.0.1:5000',
      pullHost: 'r.example',
      isPlainHttp: true,
      credentials: { username: 'operator' },
    });
  });

  it('is asked over plain HTTP on this machine', async () => {
    expect(await find({ registryHost: '127.0.0.1:5000' })).toMatchObject({ isPlainHttp: true });
  });

  it('is unknown where nobody said it', async () => {
    await expect(find({})).rejects.toEqual(refused(/--registry-host/));
  });

  it.each([
    'https://r.example',
    'r.example/path',
    'r example',
    'me:word@r.example',
    '-r.example',
    'r.example:0',
    'r.exa\nmple',
    'r_x:1',
    '$(id)',
  ])('cannot be %j', async (host) => {
    const problem = await find({}, { REGISTRY_HOST: host }).catch((error) => error);
    expect(problem).toEqual(refused(/leave out scheme/));
    expect(problem.message).not.toContain('word');
  });
});

describe('the login for it', () => {
  const registryHost = 'r.example';

  it("is the operator's own, of the settings before the file's", async () => {
    const credentials = { username: 'set', password: 'word' };
    expect(await find({ registryHost, credentials })).toMatchObject({ credentials });
    expect(await find({ registryHost }, { REGISTRY_SECRET: 'registry-pull-secret' })).toMatchObject({
      credentials: { username: 'operator' },
    });
  });

  it("never goes to a host of the user's choice", async () => {
    const credentials = { username: 'set', password: 'word' };
    for (const secret of [{}, { REGISTRY_SECRET: 'registry-pull-secret' }]) {
      const found = await find({ credentials }, { REGISTRY_HOST: 'r.example', ...secret });
      expect(found).not.toHaveProperty('credentials');
    }
  });

  it('is of a secret in the folder of the user, or of everybody', async () => {
    expect(await find({ registryHost }, { REGISTRY_SECRET: 'hers' })).toMatchObject({
      credentials: { username: 'alice', password: 'her word' },
    });
    expect(await find({ registryHost }, { REGISTRY_SECRET: 'shared' }, 'bob')).toMatchObject({
      credentials: { username: 'team' },
    });
  });

  it.each([
    ["somebody else's", 'hers', 'bob'],
    ['one that is not there', 'none', 'alice'],
    ['one for another host', 'hers', 'alice', 'other.example'],
    ['a way out of the folder', '../operator', 'alice'],
    ['a way by the user', 'operator', '..'],
    ['an empty user', 'operator', ''],
    ['a name in capitals', 'HERS', 'alice'],
  ])('is refused with %s, in the same words', async (_what, secret, user, host = registryHost) => {
    const finding = find({ registryHost: host }, { REGISTRY_SECRET: secret }, user);
    await expect(finding).rejects.toEqual(refused(/^Secret \S+ is not configured for \S+!$/));
  });

  it('is refused where the file of a secret is none', async () => {
    const finding = find({ registryHost }, { REGISTRY_SECRET: 'broken' });
    await expect(finding).rejects.toEqual(refused(/no docker config\.json/));
  });
});
