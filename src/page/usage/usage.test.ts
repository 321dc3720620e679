import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import type { RunRecord } from '../../artifacts/index.ts';
import { AUTH_MIGRATIONS } from '../../auth/index.ts';
import { BUILDER_MIGRATIONS } from '../../builder/index.ts';
import { type Database, type DatabaseLocation, openDatabase, type Statement } from '../../database/index.ts';
import { currentOwner } from '../../kernel/index.ts';
import { openQueue, QUEUE_MIGRATIONS, type Queue } from '../../queue/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { USAGE_MIGRATIONS } from './migrations.ts';
import { openUsage, type UsageOptions } from './open-usage.ts';
import type { EndedRun, Usage } from './usage.ts';

const MIGRATIONS = [...QUEUE_MIGRATIONS, ...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...USAGE_MIGRATIONS];
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const BEGIN = Date.UTC(2031, 4, 1, 12);
const YEAR = { from: Date.UTC(2031, 0, 1), to: Date.UTC(2032, 0, 1) };
const WORKER = { workerGroup: 'group', workerId: 'worker' };

const same = (text: string): Statement => ({ sqlite: text, postgres: text });
const CLEAR = ['usage_entries', 'usage_days', 'usage_recorded_runs'].map((table) =>
  same(`DELETE FROM ${table}`),
);
const INSERT_BUILD =
  same(`INSERT INTO builder_builds (build_id, job_name, user_login, build_key, source, repository, tag,
    push_host, recipe_version, forced, ensured, state, depth, attempts, cancel_asked, created_at, started_at)
  VALUES ($1, $1, $2, 'key', 's', 'r', 't', 'h', '1', FALSE, FALSE, 'running', 0, 1, FALSE, $3, $3)`);
const END_BUILD =
  same(`UPDATE builder_builds SET state = $2, ended_at = $3, added_bytes = $4, reused_from = $5
  WHERE build_id = $1`);

let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'usage-'));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const record = (runId: string, more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId,
  application: { id: 'me/app', name: 'app' },
  kind: 'build',
  pipeline: 'build',
  startedAt: BEGIN,
  finishedAt: BEGIN + 3 * MINUTE_MS,
  result: 'passed',
  owner: currentOwner(),
  steps: [],
  artifacts: [],
  ...more,
});

/** A catalog in memory. */
const catalogOf = (records: Map<string, RunRecord>): NonNullable<UsageOptions['runs']> => ({
  get: async (runId) => records.get(runId),
  idsThatBegin: async () => [...records.keys()],
});

describe.each<[string, () => DatabaseLocation]>([
  ['SQLite', () => ({ type: 'sqlite', file: join(folder, 'usage.db') })],
  ['PostgreSQL', () => ({ type: 'postgres', url: postgres.createDatabase(), connections: 4 })],
])('usage in %s', (_, location) => {
  let database: Database;
  let queue: Queue;
  let time = BEGIN;
  const now = (): number => time;

  beforeAll(async () => {
    database = await openDatabase({ location: location(), migrations: MIGRATIONS });
    queue = await openQueue({ database, now, sweepEveryMs: 20 });
  });
  afterAll(async () => {
    await queue[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  async function open(options: Partial<UsageOptions> = {}): Promise<Usage & { readonly told: EndedRun[] }> {
    const told: EndedRun[] = [];
    const usage = openUsage({
      database,
      now,
      sweepEveryMs: DAY_MS,
      onEnded: (run) => void told.push(run),
      onError: (error) => expect.unreachable(String(error)),
      ...options,
    });
    await usage.between(YEAR);
    return { ...usage, told };
  }
  const clear = async (): Promise<void> => {
    await database.batch(CLEAR.map((statement) => ({ statement, values: [] })));
  };

  async function running(projectId: string, retries = 5): Promise<string> {
    const taskId = newTaskId();
    const at = (milliseconds: number): string => new Date(time + milliseconds).toISOString();
    await queue.createTask(taskId, {
      taskQueueId: 'prov/type',
      projectId,
      retries,
      created: at(0),
      deadline: at(60 * MINUTE_MS),
      expires: at(2 * 60 * MINUTE_MS),
      payload: {},
      metadata: { name: 'name', description: '', owner: 'me', source: 'https://example.com' },
    });
    await claim();
    return taskId;
  }
  async function claim(): Promise<void> {
    const signal = AbortSignal.timeout(5000);
    expect(await queue.claimWork('prov/type', WORKER, { tasks: 1, signal })).toHaveLength(1);
  }

  it('has runs of tasks with their time and what is stored of their artifacts', async () => {
    await clear();
    const passes = await running('one');
    const declared = {
      storageType: 's3',
      contentType: 'text/plain',
      expires: new Date(time + MINUTE_MS).toISOString(),
    };
    await queue.createArtifact(passes, 0, 'public/declared', { ...declared, contentLength: 1000 } as never);
    await queue.createArtifact(passes, 0, 'public/stored', declared as never);
    await queue.noteStored({ taskId: passes, runId: 0, name: 'public/stored' }, 500);
    const fails = await running('one');
    time += 3 * MINUTE_MS;
    await queue.reportCompleted(passes, 0);
    await queue.reportCompleted(passes, 0); // a repeat, as after a lost answer
    await queue.reportFailed(fails, 0);
    await using usage = await open();
    expect(await usage.between(YEAR)).toEqual([
      { project: 'one', runs: 2, failedRuns: 1, minutes: 6, bytes: 1500 },
    ]);
    const told = new Set(usage.told.map(({ outcome, seconds }) => `${outcome} ${seconds}`));
    expect(told).toEqual(new Set(['failed 180', 'passed 180']));
  });

  it('has a run that is tried again, and nothing of tasks that no worker had', async () => {
    await clear();
    const taskId = await running('again');
    time += MINUTE_MS;
    await queue.reportException(taskId, 0, 'worker-shutdown');
    await claim();
    time += 2 * MINUTE_MS;
    await queue.cancelTask(taskId);
    const never = await running('again', 0);
    await queue.reportCompleted(never, 0);
    await queue.rerunTask(never);
    await queue.cancelTask(never); // its second run was pending
    await using usage = await open();
    expect(await usage.between(YEAR)).toEqual([
      { project: 'again', runs: 3, failedRuns: 2, minutes: 3, bytes: 0 },
    ]);
  });

  it('has claims that lapsed, and loses nothing when tasks are removed', async () => {
    await clear();
    await running('lapsed', 0);
    time += 30 * MINUTE_MS; // longer than a claim
    await using usage = await open();
    const found = () => usage.between(YEAR);
    await expect.poll(found, { timeout: 20_000 }).toMatchObject([{ runs: 1, failedRuns: 1, minutes: 30 }]);
    time += DAY_MS; // longer than the task is kept
    const gone = same(`SELECT count(*) AS n FROM queue_tasks WHERE project_id = 'lapsed'`);
    await expect
      .poll(async () => (await database.query(gone)).map(({ n }) => Number(n)), { timeout: 60_000 })
      .toEqual([0]);
    expect(await found()).toMatchObject([{ project: 'lapsed', runs: 1, minutes: 30 }]);
  }, 90_000);

  it('has image builds, and of a reused image no bytes', async () => {
    await clear();
    const ends: [state: string, bytes: number, reused: string | null][] = [
      ['succeeded', 700, null],
      ['succeeded', 700, 'other'],
      ['failed', 0, null],
      ['cancelled', 0, null],
    ];
    for (const [state, bytes, reused] of ends) {
      const id = newTaskId();
      await database.query(INSERT_BUILD, [id, 'alice', time]);
      for (const moment of [time + MINUTE_MS, time + 2 * MINUTE_MS]) // the second changes what has ended
        await database.query(END_BUILD, [id, state, moment, bytes, reused]);
    }
    await using usage = await open();
    expect(await usage.between(YEAR)).toEqual([
      { project: 'alice', runs: 4, failedRuns: 2, minutes: 4, bytes: 700 },
    ]);
  });

  it('counts a recorded run once, when it has ended, whoever looks and however often', async () => {
    await clear();
    const artifact = { sizeBytes: 250 } as RunRecord['artifacts'][number];
    const { finishedAt: _, ...going } = record('b', { result: 'running' });
    const runs = new Map([
      ['a', record('a', { artifacts: [artifact, artifact] })],
      ['b', going],
      ['c', record('c', { kind: 'image' })],
    ]);
    await using one = await open({ runs: catalogOf(runs) });
    await using two = await open({ runs: catalogOf(runs) });
    const both = () => Promise.all([one.between(YEAR), two.between(YEAR)]);
    const app = { project: 'app', runs: 1, failedRuns: 0, minutes: 3, bytes: 500 };
    expect(await both()).toEqual([[app], [app]]);
    runs.set('b', record('b', { result: 'failed' }));
    await both();
    runs.delete('a');
    await both();
    expect(await one.between(YEAR)).toEqual([{ ...app, runs: 2, failedRuns: 1, minutes: 6 }]);
    expect([...one.told, ...two.told]).toHaveLength(2);
  });

  it('adds every entry once when several servers add up at the same time', async () => {
    await clear();
    const enter = same(
      `INSERT INTO usage_entries (project, outcome, started, ended, bytes) VALUES ($1, 'passed', $2, $3, 1)`,
    );
    for (let i = 0; i < 300; i += 1)
      await database.query(enter, [`p${i % 3}`, time, time + (i % 5) * MINUTE_MS]);
    const servers = await Promise.all([open(), open(), open()]);
    const [found = []] = await Promise.all(servers.map((each) => each.between(YEAR)));
    expect(found.map(({ runs, bytes }) => [runs, bytes])).toEqual(Array(3).fill([100, 100]));
    expect(servers.flatMap(({ told }) => told)).toHaveLength(300);
    for (const each of servers) await each[Symbol.asyncDispose]();
  });

  it('gives the days that are asked for', async () => {
    await clear();
    const day = same(`INSERT INTO usage_days (project, day, runs, failed_runs, duration_ms, bytes)
      VALUES ($1, $2, 1, 0, $3, 0)`);
    const first = Math.floor(BEGIN / DAY_MS);
    for (let i = 0; i < 10; i += 1) await database.query(day, ['days', first + i, MINUTE_MS]);
    await using usage = await open();
    const from = first * DAY_MS;
    const runs = async (to: number) => (await usage.between({ from, to })).map((found) => found.runs);
    expect(await runs(from + DAY_MS)).toEqual([1]);
    expect(await runs(from + 4 * DAY_MS)).toEqual([4]);
    expect(await usage.between({ from: 0, to: from })).toEqual([]);
  });
});
