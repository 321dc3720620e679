import { type Database, openDatabase, type Statement } from '../src/database/index.ts';
import { openQueue, QUEUE_MIGRATIONS, type Queue } from '../src/queue/index.ts';
import { newTaskId, type TaskRequest } from '../src/queue-api/index.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { median, ms, perSecond, type Row } from './measure.ts';

const MILLION = 1_000_000;
const WORKER = { workerGroup: 'bench', workerId: 'bench' };

const request = (taskQueueId: string): TaskRequest => ({
  taskQueueId,
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 24 * 3_600_000).toISOString(),
  payload: { image: 'busybox', command: ['true'], maxRunTime: 60 },
  metadata: { name: 'bench', description: 'bench', owner: 'bench', source: 'https://example.com' },
});

const claim = (queue: Queue, taskQueueId: string, tasks: number) =>
  queue.claimWork(taskQueueId, WORKER, { tasks, signal: AbortSignal.timeout(60_000) });

/** Median of claims of one, each after the one before, in milliseconds. */
async function claimTime(queue: Queue, taskQueueId: string, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startedAt = performance.now();
    await claim(queue, taskQueueId, 1);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** A million tasks of one queue, a tenth of them pending, made in the database itself out of one that was created. */
async function addMillion(database: Database, queue: Queue): Promise<void> {
  const taskId = newTaskId();
  await queue.createTask(taskId, request('bench/many'));
  const statement = (postgres: string): Statement => ({ sqlite: '', postgres });
  const id = "lpad(i::text, 22, 'x')";
  const step = 100_000;
  for (let from = 1; from <= MILLION; from += step) {
    const numbers = `generate_series(${from}, ${from + step - 1}) AS i`;
    await database.query(
      statement(`INSERT INTO queue_definitions SELECT ${id}, ${id}, place + i, expires, definition
        FROM queue_definitions, ${numbers} WHERE task_id = $1`),
      [taskId],
    );
    await database.query(
      statement(`INSERT INTO queue_tasks (task_id, revision, task_queue_id, scheduler_id, project_id, task_group_id, retries,
          deadline, expires, waiting_for, has_dependents, state, priority, retries_left, place, run_id, reason_created,
          scheduled, earlier_runs, reason_resolved, resolved)
        SELECT ${id}, 0, task_queue_id, scheduler_id, project_id, ${id}, retries, deadline, expires, 0, false,
          CASE WHEN i % 10 = 0 THEN 'pending' ELSE 'completed' END, 0, 5, place + i, 0, 'scheduled', scheduled, '[]',
          CASE WHEN i % 10 = 0 THEN NULL ELSE 'completed' END, CASE WHEN i % 10 = 0 THEN NULL ELSE scheduled END
        FROM queue_tasks, ${numbers} WHERE task_id = $1`),
      [taskId],
    );
  }
}

/** Claims in batches, claims beside a million tasks, and the calls of the queue without HTTP, on PostgreSQL. */
export async function queueClaims(): Promise<Row[]> {
  await using postgres = await startPostgres();
  const location = { type: 'postgres', url: postgres.createDatabase() } as const;
  await using database = await openDatabase({ location, migrations: QUEUE_MIGRATIONS });
  await using queue = await openQueue({ database });
  const create = (taskQueueId: string, count: number): Promise<number> =>
    perSecond(count, 32, () => queue.createTask(newTaskId(), request(taskQueueId)));

  const created = await create('bench/one', 4000);
  const taken: string[] = [];
  const ones = await perSecond(2000, 32, async () => {
    for (const { taskId } of await claim(queue, 'bench/one', 1)) taken.push(taskId);
  });
  const reported = await perSecond(2000, 32, (i) => queue.reportCompleted(taken[i] ?? '', 0));
  await create('bench/batch', 12_800);
  const batches = await perSecond(400, 4, () => claim(queue, 'bench/batch', 32));

  await create('bench/few', 300);
  const empty = await claimTime(queue, 'bench/few', 200);
  await addMillion(database, queue);
  const full = await claimTime(queue, 'bench/many', 200);
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en')} /s`;
  return [
    {
      figure: 'createTask, claimWork of one, reportCompleted, PostgreSQL, without HTTP',
      slipway: [created, ones, reported].map(rate).join(', '),
      peer: 'the original over HTTP: 190–245 /s',
      target: '≥ 1,500 /s each over HTTP',
    },
    {
      figure: 'claims in batches of 32, PostgreSQL',
      slipway: `${rate(batches * 32).replace(' /s', '')} tasks/s`,
      peer: '',
      target: '≥ 8,000 tasks/s',
    },
    {
      figure: 'claim of one with 1,000,000 tasks in the database',
      slipway: ms(full),
      peer: `${ms(empty)} with 300 tasks`,
      target: `≤ 2× (${(full / empty).toFixed(2)}×)`,
    },
  ];
}
