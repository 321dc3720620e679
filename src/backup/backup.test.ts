import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packEntries } from '../archive/index.ts';
import { initRepository, openRepository, type Repository } from '../cache/index.ts';
import { type Database, type Migration, openDatabase } from '../database/index.ts';
import { currentOwner } from '../kernel/index.ts';
import { type ObjectStore, openStore } from '../store/index.ts';
import { ownFile } from './entry.ts';
import { createRemovalGate, restoreBackup, takeBackup } from './index.ts';
import type { BackupSource } from './take/take-backup.ts';

const SECRETS: Migration = {
  capability: 'things',
  version: 1,
  about: 'things',
  sqlite: ['CREATE TABLE things (name TEXT PRIMARY KEY) STRICT'],
  postgres: [],
};
const PUT = { sqlite: 'INSERT INTO things VALUES ($1)', postgres: '' };
const ALL = { sqlite: 'SELECT name FROM things', postgres: '' };
const NEVER = new AbortController().signal;
const EXPIRES = Date.now() + 86_400_000;

let folder: string;
let data: string;
let opened: AsyncDisposableStack;
let database: Database;
let store: ObjectStore;
let repository: Repository;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-backup-'));
  data = join(folder, 'data');
  opened = new AsyncDisposableStack();
  const location = { type: 'sqlite', file: join(data, 'queue/queue.db') } as const;
  database = opened.use(await openDatabase({ location, migrations: [SECRETS] }));
  store = opened.use(await openStore({ type: 'folder', folder: join(data, 'store') }));
  await initRepository(join(data, 'cache'));
  repository = opened.use(await openRepository(join(data, 'cache')));
  await database.query(PUT, ['kept']);
  writeFileSync(join(data, 'link.key'), 'secret', { mode: 0o600 });
  mkdirSync(join(data, 'queue/logs/tasks'), { recursive: true });
  writeFileSync(join(data, 'queue/logs/tasks/a.log'), 'x'.repeat(300_000));
  mkdirSync(join(data, 'worker'));
  writeFileSync(join(data, 'worker/scratch'), 'not taken');
});
afterEach(async () => {
  await opened.disposeAsync();
  rmSync(folder, { recursive: true });
});

async function* bytesOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const put = (key: string, text: string, more: Parameters<ObjectStore['put']>[2] = {}) =>
  store.put(key, bytesOf(text), more);

const source = (more: Partial<BackupSource> = {}): BackupSource => ({
  dataFolder: data,
  database,
  store,
  repository,
  files: [],
  leftOut: [{ what: 'this', why: 'that' }],
  version: '1.2.3',
  leads: (key) => key.startsWith('runs/'),
  now: Date.now,
  ...more,
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const taken = (more?: Partial<BackupSource>): Promise<Buffer> => collect(takeBackup(source(more), NEVER));

const to = (): string => join(folder, 'restored');
const restore = (stream: Buffer | AsyncIterable<Uint8Array>, migrations = [SECRETS]) =>
  restoreBackup({
    stream: Buffer.isBuffer(stream) ? bytesOfBuffer(stream) : stream,
    folder: to(),
    migrations,
  });

async function* bytesOfBuffer(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Nothing is left of what was refused. */
const leftovers = (): string[] => readdirSync(folder).filter((name) => name !== 'data');

/** What a server does not make. */
async function* madeUpEntries(paths: readonly string[], head: object) {
  const usual = { format: 'slipway-backup', version: 1, program: '', database: 'none', leftOut: [] };
  const own = ownFile(
    'slipway-backup.json',
    JSON.stringify({ ...usual, startedAt: '2026-11-22T00:00:00.000Z', ...head }),
  );
  for (const file of [own, ...paths.map((path) => ownFile(path, 'x'))])
    yield { ...file, kind: 'file' as const, mode: 0o600 };
}
const madeUp = (paths: readonly string[], head = {}) => packEntries(madeUpEntries(paths, head));

describe('a backup', () => {
  it('gives back database, logs, keys and objects with what was known of them, and leaves scratch files out', async () => {
    await put('runs/a.json', '{}', { mediaType: 'application/json' });
    await put('big/b', 'y'.repeat(700_000), { expiresAt: EXPIRES });
    const { head, end } = await restore(await taken());
    expect([head.leftOut, head.program, end.dropped]).toEqual([[{ what: 'this', why: 'that' }], '1.2.3', 0]);
    expect(readFileSync(join(to(), 'queue/logs/tasks/a.log'), 'utf8')).toHaveLength(300_000);
    expect(statSync(join(to(), 'link.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(to()).toSorted()).toEqual(['cache', 'link.key', 'queue', 'store']);
    expect(readdirSync(join(to(), 'queue')).toSorted()).toEqual(['logs', 'queue.db']);
    await using again = await openStore({ type: 'folder', folder: join(to(), 'store') });
    expect(await again.head('runs/a.json')).toMatchObject({ mediaType: 'application/json' });
    expect(await again.head('big/b')).toMatchObject({ sizeBytes: 700_000, expiresAt: EXPIRES });
    const location = { type: 'sqlite', file: join(to(), 'queue/queue.db') } as const;
    await using restored = await openDatabase({ location, migrations: [SECRETS] });
    expect(await restored.query(ALL)).toEqual([{ name: 'kept' }]);
    await using cache = await openRepository(join(to(), 'cache'));
    expect(await cache.listRefs()).toEqual([]);
    expect(readdirSync(join(data, 'queue'))).not.toContain('queue.db.copy');
  });

  it('leaves out what was removed while it was taken, and has what that time was stored for', async () => {
    await put('runs/gone.json', '{}');
    await put('runs/stays.json', '{}');
    await put('z/gone', 'of the run that is gone');
    const stream = takeBackup(source(), NEVER);
    async function* meanwhile(): AsyncGenerator<Uint8Array> {
      for await (const bytes of stream) {
        yield bytes;
        if (!bytes.includes('store/z/gone')) continue;
        await store.remove('runs/gone.json');
        await put('a/late', 'stored after its place in the list had passed');
      }
    }
    const { end } = await restore(meanwhile());
    expect(end.dropped).toBe(1);
    await using again = await openStore({ type: 'folder', folder: join(to(), 'store') });
    const { objects } = await again.list();
    expect(objects.map(({ key }) => key)).toEqual(['a/late', 'runs/stays.json', 'z/gone']);
  });

  it('that was cut anywhere is refused, and nothing of it is left', async () => {
    await put('runs/a.json', '{}');
    const whole = await taken();
    const cuts = [
      0,
      100,
      600,
      5000,
      whole.length - 1500,
      ...Array.from({ length: 12 }, (_, i) => Math.floor((whole.length * i) / 12)),
    ];
    for (const cut of cuts) {
      await expect(restore(whole.subarray(0, cut))).rejects.toMatchObject({ name: 'BackupError' });
      expect(leftovers()).toEqual([]);
    }
  });

  it.each([
    ['the database', 'SQLite format 3', /damaged: database\/queue.db is not what it was/],
    ['a file', 'secret', /damaged: data\/link.key is not what it was/],
    ['the manifest', '"sha256"', /damaged: manifest/],
    ['the head', '"slipway-backup"', /no backup/],
  ])('in which %s was altered is refused', async (_what, text, message) => {
    const bytes = await taken();
    const at = bytes.indexOf(text);
    bytes[at + 2] = (bytes[at + 2] ?? 0) ^ 0x04;
    await expect(restore(bytes)).rejects.toThrow(message);
    expect(leftovers()).toEqual([]);
  });

  it('whose files lead elsewhere is refused', async () => {
    for (const path of ['data/../../out', 'data//etc/passwd', 'elsewhere/x', 'data/a/./b', 'store/..'])
      await expect(restore(madeUp([path]))).rejects.toThrow('no place in a data folder');
    expect(leftovers()).toEqual([]);
  });

  it('that says nothing of thousands of files is refused before they fill the memory', async () => {
    const paths = Array.from({ length: 5001 }, () => 'data/x');
    await expect(restore(madeUp(paths))).rejects.toThrow('its manifest does not come between its files');
    expect(leftovers()).toEqual([]);
  });

  it('with something else than times is refused: people are shown them', async () => {
    await expect(restore(madeUp([], { startedAt: '\u001b[2J' }))).rejects.toThrow('is not what it was');
  });

  it('of a newer program is refused with what to do', async () => {
    const bytes = await taken();
    await expect(restore(bytes, [])).resolves.toBeDefined();
    rmSync(to(), { recursive: true });
    const more = { ...SECRETS, version: 2, sqlite: ['CREATE TABLE more (a TEXT) STRICT'] };
    await database[Symbol.asyncDispose]();
    const location = { type: 'sqlite', file: join(data, 'queue/queue.db') } as const;
    await using newer = await openDatabase({ location, migrations: [SECRETS, more] });
    const error = restore(await taken({ database: newer }));
    await expect(error).rejects.toMatchObject({
      code: 'NEWER',
      hint: expect.stringContaining('run the newer program'),
    });
    const format = Buffer.from(bytes.toString('latin1').replace('"version":1', '"version":2'), 'latin1');
    await expect(restore(format)).rejects.toMatchObject({ code: 'NEWER' });
  });

  it('clears away what a restore that was killed left beside the folder, and not what goes on', async () => {
    const { host, process } = currentOwner();
    const left = (mark: string): string => join(folder, `.restored.restore-${host}_${mark}`);
    mkdirSync(left(process.replace(/\d+$/, '1')));
    mkdirSync(left(process.replace(/^\w+/, 'another')));
    mkdirSync(join(folder, `.restored.restore-elsewhere_${process}`));
    mkdirSync(join(folder, '.restored.restore-of-somebody'));
    await restore(await taken());
    expect(readdirSync(folder).toSorted()).toEqual([
      `.restored.restore-elsewhere_${process}`,
      '.restored.restore-of-somebody',
      'data',
      'restored',
    ]);
  });

  it('is put into an empty folder alone', async () => {
    const bytes = await taken();
    mkdirSync(to());
    await restore(bytes);
    await expect(restore(bytes)).rejects.toMatchObject({ code: 'NOT_EMPTY' });
    expect(readFileSync(join(to(), 'link.key'), 'utf8')).toBe('secret');
  });

  it('that is left early leaves no copy of the database', async () => {
    for await (const bytes of takeBackup(source(), NEVER)) if (bytes.includes('SQLite format 3')) break;
    expect(readdirSync(join(data, 'queue'))).not.toContain('queue.db.copy');
  });
});

describe('removals', () => {
  it('wait while they are held, and are waited for', async () => {
    const gate = createRemovalGate();
    const first = Promise.withResolvers<void>();
    const order: string[] = [];
    const removing = gate.remove(async () => {
      await first.promise;
      order.push('removed');
    });
    const held = gate.hold().then((hold) => {
      order.push('held');
      return hold;
    });
    first.resolve();
    const hold = await held;
    const second = gate.remove(async () => void order.push('removed later'));
    order.push('taken');
    await hold[Symbol.asyncDispose]();
    await Promise.all([removing, second]);
    expect(order).toEqual(['removed', 'held', 'taken', 'removed later']);
  });
});
