import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeDatabaseContract } from './contract.ts';
import { checkDatabaseFile, type Migration, openDatabase } from './index.ts';

const PROGRAMS = join(import.meta.dirname, 'testing/programs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-sqlite-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const open = (name: string, migrations: Parameters<typeof openDatabase>[0]['migrations'] = []) =>
  openDatabase({ location: { type: 'sqlite', file: join(folder, name) }, migrations });

describeDatabaseContract('SQLite', {
  isShared: false,
  open: (migrations) => open('contract/db', migrations),
});

describe('a SQLite file', () => {
  it('is for its owner alone, in a folder that is made for it', async () => {
    await using _database = await open('new/folder/db');
    expect(statSync(join(folder, 'new/folder/db')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
  });

  it('is one process’s alone', async () => {
    await using _database = await open('locked');
    await expect(open('locked')).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('another process has it open'),
      hint: expect.stringContaining('use PostgreSQL for several servers'),
    });
  });

  it('is copied with all that was acknowledged, while writes go on', async () => {
    const put = { sqlite: 'INSERT INTO things VALUES ($1, $2)', postgres: '' };
    const things: Migration = {
      capability: 'things',
      version: 1,
      about: 'things',
      sqlite: ['CREATE TABLE things (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT'],
      postgres: [],
    };
    await using database = await open('copied', [things]);
    const bytes = Buffer.alloc(20_000, 'x');
    await database.batch(Array.from({ length: 500 }, (_, id) => ({ statement: put, values: [id, bytes] })));
    let id = 500;
    const copied = database.copyTo?.(join(folder, 'copy'));
    const writing = Array.from({ length: 200 }, () => database.query(put, [id++, bytes]));
    await copied;
    await Promise.all(writing);
    await checkDatabaseFile(join(folder, 'copy'), [things]);
    const newer = new DatabaseSync(join(folder, 'copy'));
    newer.exec("INSERT INTO slipway_migrations VALUES ('things', 2, 'more')");
    newer.close();
    await expect(checkDatabaseFile(join(folder, 'copy'), [things])).rejects.toMatchObject({ code: 'SCHEMA' });
    const [row] = new DatabaseSync(join(folder, 'copy')).prepare('SELECT count(*) AS n FROM things').all();
    expect(Number(row?.['n'])).toBeGreaterThanOrEqual(500);
    await expect(database.copyTo?.(join(folder, 'none/copy'))).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('of another program is refused and left as it is', async () => {
    const file = join(folder, 'foreign');
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE theirs (a)');
    foreign.close();
    await expect(open('foreign')).rejects.toMatchObject({
      code: 'SCHEMA',
      message: `${file} is the database of another program`,
    });
    const tables = new DatabaseSync(file).prepare('SELECT name FROM sqlite_schema').all();
    expect(tables.map(({ name }) => name)).toEqual(['theirs']);
  });

  it('that is none, or damaged, is refused and left as it is', async () => {
    const text = 'no database at all, but a text that is long enough to be taken for one'.repeat(100);
    writeFileSync(join(folder, 'text'), text);
    await expect(open('text')).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(readFileSync(join(folder, 'text'), 'utf8')).toBe(text);
  });

  it('where nothing can be made is refused', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(open('file/db')).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(open('.')).rejects.toMatchObject({ code: 'REFUSED' });
  });
});

/** Kills a process that writes after it has acknowledged so many batches; gives the last one acknowledged. */
async function killAfter(child: ChildProcess, batches: number): Promise<number> {
  if (child.stdout === null) throw new Error('the process has no standard output');
  const exit = once(child, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    last = Math.max(last, Number(line));
    seen += 1;
    if (seen === batches) child.kill('SIGKILL');
  }
  await exit;
  return last;
}

describe('a process that is killed while it writes', () => {
  it('leaves all that it acknowledged, and every batch whole', async () => {
    const file = join(folder, 'killed');
    for (let kill = 1; kill <= 6; kill += 1) {
      const child = spawn(process.execPath, [join(PROGRAMS, 'write-until-killed.ts'), file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const acknowledged = await killAfter(child, kill * 7);
      await using database = await open('killed');
      const text =
        'SELECT (SELECT max(n) FROM one) AS one, (SELECT max(n) FROM two) AS two, (SELECT count(*) FROM one) AS rows';
      const [row] = await database.query({ sqlite: text, postgres: text });
      expect(row?.['one']).toBeGreaterThanOrEqual(acknowledged);
      expect(row).toEqual({ one: row?.['one'], two: row?.['one'], rows: row?.['one'] });
    }
  });
});

describe('a database on a disk that is full', () => {
  it('says so, keeps what it had, and goes on when there is room', () => {
    const mount = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$1" "$2" "$0"';
    const disk = mkdtempSync(join(tmpdir(), 'slipway-full-disk-'));
    const words = ['-rm', 'sh', '-c', mount, disk, process.execPath, join(PROGRAMS, 'fill-disk.ts')];
    try {
      const outcome: unknown = JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
      expect(outcome).toEqual({
        first: 'written',
        full: 'NO_SPACE',
        read: 1,
        small: expect.stringMatching(/^(written|NO_SPACE)$/),
        afterRoom: 'written',
        reopened: expect.any(Number),
        kept: true,
      });
    } finally {
      rmdirSync(disk);
    }
  });
});
