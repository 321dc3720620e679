import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from './read-configuration.ts';
import { type Settings, settleSettings } from './settings.ts';
import { storeLocation } from './store-location.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-config-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

interface Given {
  readonly environment?: NodeJS.ProcessEnv;
  readonly flags?: Readonly<Record<string, string>>;
}

async function settled({ environment = {}, flags = {} }: Given = {}) {
  const options = { environment: { HOME: folder, ...environment }, currentFolder: folder };
  const file = await readConfiguration(options);
  return settleSettings({ ...options, file, flags: new Map(Object.entries(flags)) });
}

async function settings(given?: Given): Promise<Settings> {
  const found = await settled(given);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

const DEFAULT_FILE = '.config/slipway/config.yaml';

describe('the configuration file', () => {
  it('is the one that SLIPWAY_CONFIG names, else that of XDG_CONFIG_HOME, else that of the home folder', async () => {
    for (const [path, days] of [
      [DEFAULT_FILE, 1],
      ['xdg/slipway/config.yaml', 2],
      ['mine.yaml', 3],
    ] as const)
      write(path, `retention: {keepDays: ${days}}`);
    const xdg = { XDG_CONFIG_HOME: join(folder, 'xdg') };
    const days = async (environment: NodeJS.ProcessEnv): Promise<number | undefined> =>
      (await settings({ environment })).get('retention.keepDays');
    expect(await days({})).toBe(1);
    expect(await days({ XDG_CONFIG_HOME: 'xdg' })).toBe(1);
    expect(await days(xdg)).toBe(2);
    expect(await days({ ...xdg, SLIPWAY_CONFIG: 'mine.yaml' })).toBe(3);
  });

  it('has to be there where somebody names it, and may be absent else', async () => {
    expect((await settings()).get('retention.keepDays')).toBe(30);
    const named = settled({ environment: { SLIPWAY_CONFIG: 'nope.yaml' } });
    await expect(named).rejects.toThrow('SLIPWAY_CONFIG names a file that is not there');
  });

  it('is refused where it is no file, or too large', async () => {
    const named = (path: string) => settled({ environment: { SLIPWAY_CONFIG: path } });
    await expect(named('.')).rejects.toThrow('this is no file');
    write('large.yaml', '#'.repeat(1024 ** 2 + 1));
    await expect(named('large.yaml')).rejects.toThrow('the limit is 1048576');
  });
});

describe('what counts', () => {
  it('is the flag, else the variable, else the file, else the default, and each says where it comes from', async () => {
    write(DEFAULT_FILE, 'retention:\n  keepDays: 3\n  keepRuns: 4\n  maxBytes: 5\n');
    const found = await settings({
      environment: { SLIPWAY_KEEP_DAYS: '6', SLIPWAY_KEEP_RUNS: '7', SLIPWAY_KEEP_FAILED_DAYS: '' },
      flags: { 'keep-days': '8' },
    });
    const of = (path: Parameters<Settings['get']>[0]) => [found.get(path), found.originOf(path)];
    expect(of('retention.keepDays')).toEqual([8, { from: 'flag', flag: 'keep-days' }]);
    expect(of('retention.keepRuns')).toEqual([7, { from: 'variable', variable: 'SLIPWAY_KEEP_RUNS' }]);
    expect(of('retention.maxBytes')).toEqual([
      5,
      { from: 'file', file: join(folder, DEFAULT_FILE), line: 4 },
    ]);
    expect(of('retention.automatic')).toEqual([true, { from: 'default' }]);
    expect(of('retention.keepFailedDays')).toEqual([undefined, { from: 'default' }]);
  });

  it.each([
    [
      { flags: { 'keep-runs': 'many' } },
      '--keep-runs: expected a whole number from 1, or unlimited, found "many"',
    ],
    [{ environment: { SLIPWAY_MAX_BYTES: 'all' } }, '$SLIPWAY_MAX_BYTES: expected a number of bytes'],
  ])('is not guessed where a text cannot be understood', async (given, message) => {
    const found = await settled(given);
    expect(found.ok ? '' : found.error).toContain(message);
  });
});

describe('storeLocation', () => {
  async function location(yaml: string, environment: NodeJS.ProcessEnv = {}) {
    write(DEFAULT_FILE, yaml);
    return await storeLocation({
      settings: await settings({ environment }),
      environment,
      file: 'config.yaml',
    });
  }

  it('is none where the file names none', async () => {
    expect(await location('')).toBeUndefined();
    expect(await location('store: {type: folder}')).toBeUndefined();
  });

  it('is a folder, relative to the file', async () => {
    expect(await location('store: {folder: kept, keepFreeBytes: 1 GiB}')).toEqual({
      type: 'folder',
      folder: join(folder, '.config/slipway/kept'),
      keepFreeBytes: 1024 ** 3,
    });
  });

  it('is a bucket whose secrets come from variables and files', async () => {
    write('.config/slipway/token', 'from a file\n');
    const yaml =
      'store: {type: s3, bucket: b, region: r, accessKeyId: id, secretAccessKey: {variable: S3_KEY}, sessionToken: {file: token}}';
    expect(await location(yaml, { S3_KEY: 'hunter2' })).toEqual({
      type: 's3',
      bucket: 'b',
      region: 'r',
      credentials: { accessKeyId: 'id', secretAccessKey: 'hunter2', sessionToken: 'from a file' },
    });
    expect(
      await location(
        'store: {type: s3, bucket: b, region: r, endpoint: "http://127.0.0.1:9000", encryption: none}',
      ),
    ).toEqual({
      type: 's3',
      bucket: 'b',
      region: 'r',
      endpoint: 'http://127.0.0.1:9000',
      encryption: 'none',
    });
  });

  it('is a bucket of OCI with its key', async () => {
    const yaml =
      'store: {type: oci, namespace: n, bucket: b, region: r, tenancy: t, user: u, fingerprint: f, privateKey: {variable: PEM}}';
    expect(await location(yaml, { PEM: 'pem' })).toEqual({
      type: 'oci',
      namespace: 'n',
      bucket: 'b',
      region: 'r',
      key: { tenancy: 't', user: 'u', fingerprint: 'f', privateKey: 'pem' },
    });
  });

  it.each([
    ['store: {type: s3, region: r}', 'store.bucket: a store of the type s3 needs it'],
    [
      'store: {type: s3, bucket: b, accessKeyId: id}',
      'store.secretAccessKey: the two halves of a key go together',
    ],
    [
      'store: {type: s3, bucket: b, accessKeyId: id, secretAccessKey: {variable: NOT_SET}}',
      'store.secretAccessKey: the variable NOT_SET that holds the secret is not set',
    ],
    [
      'store: {type: s3, bucket: b, sessionToken: {file: nope}}',
      'nope, which holds the secret, cannot be read',
    ],
    ['store: {type: oci}', 'store.privateKey: a store of the type oci needs it'],
  ])('says what is missing in %j', async (yaml, message) => {
    await expect(location(yaml)).rejects.toThrow(message);
  });
});
