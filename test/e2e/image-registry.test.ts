import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { openRegistryClient, type RegistryClient } from '../../src/registry/index.ts';
import { pushImage } from '../support/push-image.ts';
import { openRegistry, type Registry, USER } from '../support/registry.ts';
import { createRig, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

let registry: Registry;
let client: RegistryClient;
let environment: Record<string, string>;

beforeAll(async () => {
  registry = await openRegistry({ users: 'basic', deletion: true });
  client = openRegistryClient({ host: registry.host, credentials: USER });
  environment = {
    REGISTRY_HOST: `http://${registry.host}`,
    REGISTRY_USER: USER.username,
    REGISTRY_PASS: USER.password,
  };
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const run = async (rig: Rig, words: readonly string[], more: Record<string, string> = {}) =>
  await rig.run(['image', ...words], { environment: { ...environment, ...more } });

/** The JSON lines of a command, each of which is as the schema of the program says. */
async function json(rig: Rig, ...words: string[]) {
  const { stdout, exitCode } = await run(rig, [...words, '--output', 'json']);
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
      return value as Record<string, unknown>;
    });
  return { lines, exitCode };
}

describe('slipway image catalogs', () => {
  it('lists the repositories of a registry', async () => {
    await using rig = createRig();
    await pushImage(client, 'alice', 'one', 'catalogs');
    await pushImage(client, 'team/bob', 'one', 'catalogs');
    const { stdout, exitCode } = await run(rig, ['catalogs']);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['alice', 'team/bob']));
    expect(exitCode).toBe(0);
    const { lines } = await json(rig, 'catalogs');
    expect(lines).toContainEqual(
      expect.objectContaining({
        type: 'registry-repository',
        registry: registry.host,
        repository: 'team/bob',
      }),
    );
  });

  it('says which registry it needs, and which half of a login', async () => {
    await using rig = createRig();
    const unnamed = await run(rig, ['catalogs'], { REGISTRY_HOST: '' });
    expect(unnamed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('REGISTRY_HOST') });
    const half = await run(rig, ['catalogs'], { REGISTRY_PASS: '' });
    expect(half).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('REGISTRY_PASS') });
    const secret = await run(rig, ['catalogs', '--registry', 'http://me:hunter2@127.0.0.1:1']);
    expect(secret.exitCode).toBe(2);
    expect(secret.stdout + secret.stderr).not.toContain('hunter2');
  });

  it('fails with a wrong password, which it does not repeat', async () => {
    await using rig = createRig();
    const { stderr, exitCode } = await run(rig, ['catalogs'], { REGISTRY_PASS: 'guessed-wrong' });
    expect(stderr).toContain('check the user and the password');
    expect(stderr).not.toContain('guessed-wrong');
    expect(exitCode).toBe(1);
  });

  it('takes the login that docker stored, also from a helper', async () => {
    await using rig = createRig();
    const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
    const nobody = { REGISTRY_USER: '', REGISTRY_PASS: '' };
    const without = await run(rig, ['catalogs'], nobody);
    expect(without).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('docker login') });
    rig.write('.docker/config.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
    expect((await run(rig, ['catalogs'], nobody)).exitCode).toBe(0);
    const answer = JSON.stringify({ Username: USER.username, Secret: USER.password });
    rig.write('bin/docker-credential-here', `#!/bin/sh\nread -r host\necho '${answer}'\n`);
    chmodSync(join(rig.folder, 'bin/docker-credential-here'), 0o755);
    rig.write('.docker/config.json', JSON.stringify({ credsStore: 'here' }));
    const PATH = `${join(rig.folder, 'bin')}:${process.env['PATH']}`;
    expect(await run(rig, ['catalogs'], { ...nobody, PATH })).toMatchObject({ exitCode: 0 });
  });
});

describe('slipway image list', () => {
  it('lists the images of a repository, and which are the same', async () => {
    await using rig = createRig();
    const one = await pushImage(client, 'carol', 'one', 'list');
    await pushImage(client, 'carol', 'same', 'list');
    const { stdout } = await run(rig, ['list', 'carol']);
    expect(stdout).toMatch(new RegExp(`carol:one +${one.digest}\ncarol:same +${one.digest}\n$`));
    const { lines } = await json(rig, 'list', `${registry.host}/carol`);
    expect(lines.map(({ tag, digest }) => [tag, digest])).toEqual([
      ['one', one.digest],
      ['same', one.digest],
    ]);
  });

  it('knows a repository that is not there from one that is empty', async () => {
    await using rig = createRig();
    const absent = await run(rig, ['list', 'nobody']);
    expect(absent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no repository nobody') });
    const { digest } = await pushImage(client, 'emptied', 'one', 'emptied');
    await client.deleteManifest('emptied', digest);
    expect(await run(rig, ['list', 'emptied'])).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it.each(['Carol', '../etc', 'a b', 'carol:one', '$(id)', 'a\nb', ''])(
    'refuses the name %j',
    async (name) => {
      await using rig = createRig();
      const { stderr, exitCode } = await run(rig, ['list', name]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/not an image’s name|expected a repository alone/);
    },
  );
});

describe('slipway image get', () => {
  it('shows the manifest of an image and its digest', async () => {
    await using rig = createRig();
    const { digest, mediaType } = await pushImage(client, 'dora', 'one', 'get');
    const { stdout, stderr } = await run(rig, ['get', 'dora:one']);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 2, mediaType });
    expect(stderr).toBe(`dora:one is ${digest}\n`);
    const { lines } = await json(rig, 'get', `dora@${digest}`);
    expect(lines).toEqual([expect.objectContaining({ reference: digest, digest, mediaType })]);
  });

  it('fails where there is no such image, and wants its tag', async () => {
    await using rig = createRig();
    expect(await run(rig, ['get', 'nobody:one'])).toMatchObject({ exitCode: 1 });
    expect(await run(rig, ['get', 'dora'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('REPOSITORY:TAG'),
    });
  });
});

describe('slipway image delete', () => {
  it('deletes images, says what else they were called, and fails for those that are not there', async () => {
    await using rig = createRig();
    const first = await pushImage(client, 'erin', 'a', 'first');
    await pushImage(client, 'erin', 'also', 'first');
    await pushImage(client, 'erin', 'b', 'second');
    await pushImage(client, 'erin', 'stays', 'third');
    const { stdout, stderr, exitCode } = await run(rig, [
      'delete',
      'erin:a',
      'erin:also',
      'erin:no',
      'erin:b',
    ]);
    expect(stdout.split('\n')).toEqual([
      `Deleted erin:a (${first.digest}), and with it erin:also`,
      expect.stringMatching(/^Deleted erin:b \(sha256:\w+\)$/),
      '',
    ]);
    expect(stderr).toContain('has no image erin:no');
    expect(exitCode).toBe(1);
    expect(await client.tags('erin')).toEqual(['stays']);
    expect(await client.manifest('erin', first.digest)).toBeUndefined();
  });

  it('takes away what was attached to an image', async () => {
    await using rig = createRig();
    const subject = await pushImage(client, 'fay', 'one', 'attached');
    const note = await client.attach('fay', {
      subject,
      artifactType: 'application/x-note',
      mediaType: 'text/plain',
      bytes: Buffer.from('note'),
    });
    const { lines, exitCode } = await json(rig, 'delete', 'fay:one');
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      expect.objectContaining({ type: 'registry-image-deleted', tags: ['one'], attached: 1 }),
    ]);
    expect(await client.tags('fay')).toEqual([]);
    expect(await client.manifest('fay', note)).toBeUndefined();
  });

  it('says what to do where the registry lets nobody delete', async () => {
    await using rig = createRig();
    await using closed = await openRegistry();
    await using other = openRegistryClient({ host: closed.host });
    await pushImage(other, 'gus', 'one', 'stays');
    const words = ['delete', 'gus:one', '--registry', closed.host];
    const { stderr, exitCode } = await run(rig, words, { REGISTRY_USER: '', REGISTRY_PASS: '' });
    expect(stderr).toContain('deletion is disabled');
    expect(stderr).toContain('storage.delete.enabled');
    expect(exitCode).toBe(1);
    expect(await other.tags('gus')).toEqual(['one']);
  });
});
