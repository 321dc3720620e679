// Creates, claims and reports until it is killed, and says a line for each thing that was acknowledged:
// work-until-killed.ts LOCATION (as JSON) WORKER-ID
import { openDatabase } from '../../../database/index.ts';
import { newTaskId } from '../../../queue-api/index.ts';
import { openQueue, QUEUE_MIGRATIONS, QueueError } from '../../index.ts';

const location = JSON.parse(process.argv[2] ?? '');
const worker = { workerGroup: 'group', workerId: process.argv[3] ?? '' };
const database = await openDatabase({ location, migrations: QUEUE_MIGRATIONS });
const queue = await openQueue({ database, claimTimeoutMs: 3000, sweepEveryMs: 500 });
const say = (what: string, taskId: string): void => void process.stdout.write(`${what} ${taskId}\n`);

async function create(): Promise<never> {
  let previous: string[] = [];
  for (;;) {
    const taskId = newTaskId();
    await queue.createTask(taskId, {
      taskQueueId: 'prov/killed',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      retries: 40,
      dependencies: previous,
      payload: {},
      metadata: { name: '', description: '', owner: '', source: 'https://example.com' },
    });
    say('created', taskId);
    previous = previous.length > 2 ? [] : [...previous, taskId];
  }
}

async function work(): Promise<never> {
  for (;;) {
    const runs = await queue.claimWork('prov/killed', worker, {
      tasks: 2,
      signal: AbortSignal.timeout(5000),
    });
    for (const { taskId, runId } of runs) say('claimed', `${taskId}/${runId}`);
    for (const { taskId, runId } of runs) {
      try {
        await queue.reportCompleted(taskId, runId);
        say('completed', taskId);
      } catch (error) {
        // Its claim has lapsed, while the database was away or the machine was slow: it is another one's by now.
        if (!(error instanceof QueueError) || error.code !== 'RequestConflict') throw error;
      }
    }
  }
}

await Promise.all([create(), create(), work(), work()]);
