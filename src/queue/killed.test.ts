import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { type DatabaseLocation, openDatabase } from '../database/index.ts';
import { openQueue, QUEUE_MIGRATIONS, type Queue } from './index.ts';

const PROGRAM = join(import.meta.dirname, 'testing/programs/work-until-killed.ts');
const QUEUE = 'prov/killed';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

/** What servers acknowledged before they were killed. */
interface Acknowledged {
  readonly created: Set<string>;
  readonly completed: Set<string>;
  /** `task/run` → who got it, each time. */
  readonly claimed: Map<string, string[]>;
}

function startServer(location: DatabaseLocation, name: string): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(location), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Reads what a server says until it has said so many lines, and kills it then. */
async function killAfter(child: ChildProcess, lines: number, name: string, all: Acknowledged): Promise<void> {
  if (child.stdout === null) throw new Error('the server has no standard output');
  const exit = once(child, 'exit');
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    const [what, id = ''] = line.split(' ');
    if (what === 'created') all.created.add(id);
    else if (what === 'completed') all.completed.add(id);
    else all.claimed.set(id, [...(all.claimed.get(id) ?? []), name]);
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  }
  await exit;
}

/** Does all that is left to do. */
async function finish(queue: Queue, left: ReadonlySet<string>): Promise<void> {
  const worker = { workerGroup: 'group', workerId: 'last' };
  const open = new Set(left);
  while (open.size > 0) {
    const runs = await queue.claimWork(QUEUE, worker, { tasks: 32, signal: AbortSignal.timeout(500) });
    await Promise.all(runs.map(({ taskId, runId }) => queue.reportCompleted(taskId, runId)));
    const found = await queue.tasks([...open]);
    for (const { status } of found) if (status.state === 'completed') open.delete(status.taskId);
  }
}

async function expectAllThere(location: DatabaseLocation, all: Acknowledged): Promise<void> {
  await using database = await openDatabase({ location, migrations: QUEUE_MIGRATIONS });
  await using queue = await openQueue({ database, claimTimeoutMs: 3000, sweepEveryMs: 200 });
  const ids = [...all.created];
  const before = await queue.tasks(ids);
  expect(before.map(({ status }) => status.taskId)).toEqual(ids);
  for (const { status } of before) {
    if (all.completed.has(status.taskId)) expect(status.state).toBe('completed');
  }
  // Nobody got a run that another one had got.
  expect([...all.claimed].filter(([, workers]) => workers.length > 1)).toEqual([]);
  await finish(queue, all.created);
  for (const { status } of await queue.tasks(ids)) {
    expect(status.runs.filter(({ state }) => state === 'completed')).toHaveLength(1);
  }
}

const nothing = (): Acknowledged => ({ created: new Set(), completed: new Set(), claimed: new Map() });

describe('servers that are killed', () => {
  it('on SQLite, one after the other, lose nothing that they acknowledged, and every task ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const location = { type: 'sqlite', file: join(folder, 'db') } as const;
    const all = nothing();
    for (let kill = 1; kill <= 3; kill += 1) {
      await killAfter(startServer(location, `w${kill}`), kill * 25, `w${kill}`, all);
    }
    await expectAllThere(location, all);
  });

  it('on PostgreSQL, beside each other and while that is started again, do no better', async () => {
    const location = { type: 'postgres', url: postgres.createDatabase(), connections: 3 } as const;
    const all = nothing();
    const killing = [60, 120, 200].map(async (lines, i) => {
      await killAfter(startServer(location, `w${i}`), lines, `w${i}`, all);
    });
    await killing[0];
    await postgres.stop('QUIT');
    await postgres.start();
    await Promise.all(killing);
    await expectAllThere(location, all);
  });
});
