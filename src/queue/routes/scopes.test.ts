import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, signRequest } from '../../auth/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { type ServedQueue, serveQueue } from '../testing/serve-queue.ts';
import { QUEUE_SERVICE } from './queue-service.ts';

const TASK = newTaskId();
const GROUP = newTaskId();
const RUN = `/task/${TASK}/runs/0`;
const WORKERS = '/provisioners/test/worker-types/docker';
const WORKER = { workerGroup: 'g', workerId: 'w' };
const LATER = new Date(Date.now() + 3_600_000).toISOString();

const definition = {
  taskQueueId: 'test/docker',
  schedulerId: 'scheduler',
  projectId: 'project',
  taskGroupId: GROUP,
  created: new Date().toISOString(),
  deadline: LATER,
  priority: 'medium',
  scopes: ['a:b', 'c:*'],
  routes: ['index.x', 'index.y'],
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
};
const CREATE = [
  'a:b',
  'c:*',
  'queue:route:index.x',
  'queue:route:index.y',
  'queue:create-task:project:project',
];
const artifact = { storageType: 'link', artifact: 'private/x', expires: LATER };

/** Method, verb, path, body, and each set of scopes that is enough for it. */
type Row = readonly [
  name: string,
  verb: string,
  path: string,
  body: object | undefined,
  enough: readonly string[][],
];

const turned = (word: string): string[][] => [
  [`queue:${word}-task:scheduler/${GROUP}/${TASK}`],
  [`queue:${word}-task-in-project:project`],
  [`queue:${word}-task`, `assume:scheduler-id:scheduler/${GROUP}`],
];

const ROWS: readonly Row[] = [
  [
    'createTask',
    'PUT',
    `/task/${newTaskId()}`,
    definition,
    ['medium', 'high', 'very-high', 'highest'].map((priority) => [
      ...CREATE,
      'queue:scheduler-id:scheduler',
      `queue:create-task:${priority}:test/docker`,
    ]),
  ],
  ['task', 'GET', `/task/${TASK}`, undefined, [[`queue:get-task:${TASK}`]]],
  [
    'tasks',
    'POST',
    '/tasks',
    { taskIds: [TASK, GROUP] },
    [[`queue:get-task:${TASK}`, `queue:get-task:${GROUP}`]],
  ],
  ['status', 'GET', `/task/${TASK}/status`, undefined, [[`queue:status:${TASK}`]]],
  [
    'statuses',
    'POST',
    '/tasks/status',
    { taskIds: [TASK, GROUP] },
    [[`queue:status:${TASK}`, `queue:status:${GROUP}`]],
  ],
  [
    'listDependentTasks',
    'GET',
    `/task/${TASK}/dependents`,
    undefined,
    [[`queue:list-dependent-tasks:${TASK}`]],
  ],
  ['scheduleTask', 'POST', `/task/${TASK}/schedule`, undefined, turned('schedule')],
  ['rerunTask', 'POST', `/task/${TASK}/rerun`, undefined, turned('rerun')],
  [
    'changeTaskPriority',
    'POST',
    `/task/${TASK}/priority`,
    { newPriority: 'high' },
    [[`queue:change-task-priority:${TASK}`], ['queue:change-task-priority-in-queue:test/docker']],
  ],
  ['listTaskGroup', 'GET', `/task-group/${GROUP}/list`, undefined, [[`queue:list-task-group:${GROUP}`]]],
  ['getTaskGroup', 'GET', `/task-group/${GROUP}`, undefined, [[`queue:list-task-group:${GROUP}`]]],
  [
    'sealTaskGroup',
    'POST',
    `/task-group/${GROUP}/seal`,
    undefined,
    [[`queue:seal-task-group:scheduler/${GROUP}`]],
  ],
  [
    'changeTaskGroupPriority',
    'POST',
    `/task-group/${GROUP}/priority`,
    { newPriority: 'low' },
    [[`queue:change-task-group-priority:scheduler/${GROUP}`]],
  ],
  [
    'claimWork',
    'POST',
    '/claim-work/test%2Fempty',
    WORKER,
    [['queue:claim-work:test/empty', 'queue:worker-id:g/w']],
  ],
  ['claimTask', 'POST', `${RUN}/claim`, WORKER, [['queue:claim-task:test/docker', 'queue:worker-id:g/w']]],
  ['reclaimTask', 'POST', `${RUN}/reclaim`, undefined, [[`queue:reclaim-task:${TASK}/0`]]],
  [
    'createArtifact',
    'POST',
    `${RUN}/artifacts/private%2Flink`,
    artifact,
    [[`queue:create-artifact:${TASK}/0`]],
  ],
  [
    'finishArtifact',
    'PUT',
    `${RUN}/artifacts/private%2Flink`,
    { uploadId: newTaskId() },
    [[`queue:create-artifact:${TASK}/0`]],
  ],
  [
    'getArtifact',
    'GET',
    `${RUN}/artifacts/private%2Flink`,
    undefined,
    [['queue:get-artifact:private/link', 'queue:get-artifact:private/x']],
  ],
  [
    'getLatestArtifact',
    'GET',
    `/task/${TASK}/artifacts/private%2Flink`,
    undefined,
    [['queue:get-artifact:private/link', 'queue:get-artifact:private/x']],
  ],
  [
    'artifact',
    'GET',
    `${RUN}/artifact-content/private%2Flink`,
    undefined,
    [['queue:get-artifact:private/link', 'queue:get-artifact:private/x']],
  ],
  [
    'latestArtifact',
    'GET',
    `/task/${TASK}/artifact-content/private%2Flink`,
    undefined,
    [['queue:get-artifact:private/link', 'queue:get-artifact:private/x']],
  ],
  [
    'artifactInfo',
    'GET',
    `${RUN}/artifact-info/private%2Flink`,
    undefined,
    [[`queue:list-artifacts:${TASK}:0`]],
  ],
  [
    'latestArtifactInfo',
    'GET',
    `/task/${TASK}/artifact-info/private%2Flink`,
    undefined,
    [[`queue:list-artifacts:${TASK}`]],
  ],
  ['listArtifacts', 'GET', `${RUN}/artifacts`, undefined, [[`queue:list-artifacts:${TASK}:0`]]],
  ['listLatestArtifacts', 'GET', `/task/${TASK}/artifacts`, undefined, [[`queue:list-artifacts:${TASK}`]]],
  ['pendingTasks', 'GET', '/pending/test%2Fdocker', undefined, [['queue:pending-count:test/docker']]],
  [
    'taskQueueCounts',
    'GET',
    '/task-queues/test%2Fdocker/counts',
    undefined,
    [['queue:pending-count:test/docker', 'queue:claimed-count:test/docker']],
  ],
  [
    'listPendingTasks',
    'GET',
    '/task-queues/test%2Fdocker/pending',
    undefined,
    [['queue:pending-list:test/docker']],
  ],
  [
    'listClaimedTasks',
    'GET',
    '/task-queues/test%2Fdocker/claimed',
    undefined,
    [['queue:claimed-list:test/docker']],
  ],
  ['listTaskQueues', 'GET', '/task-queues', undefined, [['queue:list-task-queues']]],
  ['getTaskQueue', 'GET', '/task-queues/test%2Fdocker', undefined, [['queue:get-task-queue:test/docker']]],
  ['listProvisioners', 'GET', '/provisioners', undefined, [['queue:list-provisioners']]],
  ['getProvisioner', 'GET', '/provisioners/test', undefined, [['queue:get-provisioner:test']]],
  [
    'listWorkerTypes',
    'GET',
    '/provisioners/test/worker-types',
    undefined,
    [['queue:list-worker-types:test']],
  ],
  ['getWorkerType', 'GET', WORKERS, undefined, [['queue:get-worker-type:test/docker']]],
  ['listWorkers', 'GET', `${WORKERS}/workers`, undefined, [['queue:list-workers:test/docker']]],
  ['getWorker', 'GET', `${WORKERS}/workers/g/w`, undefined, [['queue:get-worker:test/docker/g/w']]],
  [
    'quarantineWorker',
    'PUT',
    `${WORKERS}/workers/g/w`,
    { quarantineUntil: LATER },
    [['queue:quarantine-worker:test/docker/g/w']],
  ],
  [
    'declareWorker',
    'PUT',
    `${WORKERS}/g/w`,
    { expires: LATER },
    [['queue:declare-worker:test/docker/g/w#expires']],
  ],
  [
    'reportException',
    'POST',
    `${RUN}/exception`,
    { reason: 'internal-error' },
    [[`queue:resolve-task:${TASK}/0`]],
  ],
  ['reportCompleted', 'POST', `${RUN}/completed`, undefined, [[`queue:resolve-task:${TASK}/0`]]],
  ['reportFailed', 'POST', `${RUN}/failed`, undefined, [[`queue:resolve-task:${TASK}/0`]]],
  ['cancelTask', 'POST', `/task/${TASK}/cancel`, undefined, turned('cancel')],
  [
    'cancelTaskGroup',
    'POST',
    `/task-group/${GROUP}/cancel`,
    undefined,
    [[`queue:cancel-task-group:scheduler/${GROUP}`]],
  ],
];

const clients: Client[] = [];
let served: ServedQueue;

beforeAll(async () => {
  served = await serveQueue({ clients, access: 'closed', claimWaitMs: 10 });
  expect((await ask(['*'], ['', 'PUT', `/task/${TASK}`, definition, []])).status).toBe(200);
  const claimed = await served.queue.claimWork('test/docker', WORKER, {
    tasks: 1,
    signal: AbortSignal.timeout(5000),
  });
  expect(claimed).toHaveLength(1);
  const target = {
    storageType: 'reference',
    url: 'https://example.com',
    contentType: 'a/b',
    expires: LATER,
  } as const;
  await served.queue.createArtifact(TASK, 0, 'private/x', target);
});
afterAll(async () => await served[Symbol.asyncDispose]());

/** Asks with a client that has just these scopes. */
async function ask(scopes: readonly string[], [, method, path, body]: Row) {
  const client = { clientId: `client-${clients.length}`, accessToken: 'a-token-for-tests-only', scopes };
  clients.push(client);
  const url = new URL(`${served.url}/api/queue/v1${path}`);
  const headers = {
    authorization: signRequest(method, url, { credentials: client }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url, { method, headers, redirect: 'manual', ...init });
  const text = await answer.text();
  return { status: answer.status, text };
}

it.each(ROWS)('%s needs its scopes, to the last character', async (...row) => {
  const [, , , , enough] = row;
  for (const scopes of enough) {
    for (const short of scopes) {
      const others = scopes.filter((scope) => scope !== short);
      const { status, text } = await ask([...others, short.slice(0, -1)], row);
      expect({ status, short }).toEqual({ status: 403, short });
      const { code, message } = JSON.parse(text);
      expect(code).toBe('InsufficientScopes');
      expect(message).toContain(short);
    }
  }
  for (const scopes of enough) {
    const { status, text } = await ask(scopes, row);
    expect([200, 204, 303, 404, 409], text).toContain(status);
  }
});

it('lets nobody create tasks of a higher priority than they may', async () => {
  const row = ROWS.find(([name]) => name === 'createTask') as Row;
  const scopes = [...CREATE, 'queue:scheduler-id:scheduler', 'queue:create-task:low:test/docker'];
  expect((await ask(scopes, row)).status).toBe(403);
});

it.each([
  ['POST', `/task/${newTaskId()}/cancel`],
  ['GET', `/task-group/${newTaskId()}/seal`],
  ['POST', `/task-group/${newTaskId()}/seal`],
])('looks for what scopes depend on first: %s %s is not there', async (verb, path) => {
  expect((await ask([], ['', verb, path, undefined, []])).status).toBe(404);
});

it('tells nobody whether there is what they may not read', async () => {
  const missing = await ask([], ['', 'GET', `/task/${newTaskId()}`, undefined, []]);
  const artifact = await ask([], ['', 'GET', `${RUN}/artifacts/private/none`, undefined, []]);
  expect([missing.status, artifact.status]).toEqual([403, 403]);
});

it('has a row for every method that needs scopes', () => {
  const needing = QUEUE_SERVICE.methods.filter(({ scopes }) => scopes !== undefined).map(({ name }) => name);
  expect(new Set(ROWS.map(([name]) => name))).toEqual(new Set(needing));
});
