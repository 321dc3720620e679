// The load of bench/queue-http.ts, in a process of its own as clients are: BENCH_URL, BENCH_CLIENT, BENCH_TOKEN, BENCH_COUNT. Prints one
// line of JSON with how many a second.
import { type Claim, newTaskId, type TaskRequest } from '../src/queue-api/index.ts';
import { openQueueClient } from '../src/queue-client/index.ts';
import { perSecond } from './measure.ts';

const { BENCH_URL = '', BENCH_CLIENT = '', BENCH_TOKEN = '', BENCH_COUNT = '' } = process.env;
const COUNT = Number(BENCH_COUNT);
const PARALLEL = 32;

const credentials = { clientId: BENCH_CLIENT, accessToken: BENCH_TOKEN };
await using queue = openQueueClient({ rootUrl: BENCH_URL, credentials: () => credentials });

const request = (): TaskRequest => ({
  taskQueueId: 'bench/http',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 24 * 3_600_000).toISOString(),
  payload: { image: 'busybox', command: ['true'], maxRunTime: 60 },
  metadata: { name: 'bench', description: 'bench', owner: 'bench', source: 'https://example.com' },
});

const claims: Claim[] = [];
const created = await perSecond(
  COUNT,
  PARALLEL,
  async () => void (await queue.createTask(newTaskId(), request())),
);
const claimed = await perSecond(COUNT, PARALLEL, async (i) => {
  const worker = { workerGroup: 'bench', workerId: `w${i % PARALLEL}`, tasks: 1 };
  claims.push(...(await queue.claimWork('bench/http', worker)));
});
const reported = await perSecond(COUNT, PARALLEL, async (i) => {
  const claim = claims[i];
  if (claim === undefined) throw new Error(`there is no claim ${i}: ${claims.length} were given`);
  const own = queue.with({ credentials: () => claim.credentials });
  await own.reportCompleted(claim.status.taskId, claim.runId);
});
console.log(JSON.stringify({ created, claimed, reported }));
