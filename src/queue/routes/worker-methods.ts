import { Quarantine, WorkerAnswer, WorkerDeclaration, WorkersAnswer } from '../../queue-api/schema/index.ts';
import type { WorkerRecord } from '../queue.ts';
import { found, method, PAGED, pageOf } from './queue-context.ts';
import { halvesOf } from './queue-methods.ts';

const WORKERS = '/provisioners/<provisionerId>/worker-types/<workerType>';
const NAME = '<provisionerId>/<workerType>/<workerGroup>/<workerId>';

type Named = Readonly<Record<'provisionerId' | 'workerType' | 'workerGroup' | 'workerId', string>>;

const queueOf = ({ provisionerId, workerType }: Pick<Named, 'provisionerId' | 'workerType'>): string =>
  `${provisionerId}/${workerType}`;
const workerOf = ({ workerGroup, workerId }: Named) => ({ workerGroup, workerId });

/** Workers that have claimed, or were declared. */
export const WORKER_METHODS = [
  method({
    name: 'listWorkers',
    verb: 'GET',
    path: `${WORKERS}/workers`,
    about: 'lists the workers of a queue',
    isDeprecated: true,
    scopes: 'queue:list-workers:<provisionerId>/<workerType>',
    query: { ...PAGED, quarantined: /^(?:true|false)$/ },
    output: WorkersAnswer,
    async handle({ params, query }, { queue }) {
      const { quarantined } = query;
      const filter = quarantined === undefined ? {} : { quarantined: quarantined === 'true' };
      const { items, ...next } = await queue.workers(queueOf(params), filter, pageOf(query));
      return { workers: items.map(listed), ...next };
    },
  }),
  method({
    name: 'getWorker',
    verb: 'GET',
    path: `${WORKERS}/workers/<workerGroup>/<workerId>`,
    about: 'gives the facts of a worker',
    isDeprecated: true,
    scopes: `queue:get-worker:${NAME}`,
    output: WorkerAnswer,
    async handle({ params }, { queue }) {
      const worker = await queue.worker(queueOf(params), workerOf(params));
      return whole(found(worker, `worker ${params.workerGroup}/${params.workerId} of ${queueOf(params)}`));
    },
  }),
  method({
    name: 'quarantineWorker',
    verb: 'PUT',
    path: `${WORKERS}/workers/<workerGroup>/<workerId>`,
    about: 'gives a worker no more runs until a moment, or lets it have some again',
    scopes: { AllOf: [`queue:quarantine-worker:${NAME}`] },
    input: Quarantine,
    output: WorkerAnswer,
    async handle({ params, body, caller }, { queue }) {
      const { quarantineUntil: until, quarantineInfo: info = '' } = body;
      const quarantine = { until, info, clientId: caller.clientId };
      return whole(await queue.quarantineWorker(queueOf(params), workerOf(params), quarantine));
    },
  }),
  method({
    name: 'declareWorker',
    verb: 'PUT',
    path: `${WORKERS}/<workerGroup>/<workerId>`,
    about: 'makes a worker known, or changes how long it is',
    scopes: {
      AllOf: [{ each: `queue:declare-worker:${NAME}#<property>`, for: 'property', in: 'properties' }],
    },
    input: WorkerDeclaration,
    output: WorkerAnswer,
    async handle({ params, body, authorize }, { queue }) {
      // Also a declaration of nothing makes a worker known.
      authorize({ properties: [...new Set(['expires', ...Object.keys(body)])] });
      return whole(await queue.declareWorker(queueOf(params), workerOf(params), body.expires));
    },
  }),
];

const common = ({ workerGroup, workerId, firstClaim, lastDateActive, quarantineUntil }: WorkerRecord) => ({
  workerGroup,
  workerId,
  firstClaim,
  lastDateActive,
  ...(quarantineUntil !== undefined && { quarantineUntil }),
});

function listed(worker: WorkerRecord) {
  const latestTask = worker.recentTasks.at(-1);
  return { ...common(worker), ...(latestTask !== undefined && { latestTask }) };
}

const whole = (worker: WorkerRecord) => ({
  ...halvesOf(worker.taskQueueId),
  taskQueueId: worker.taskQueueId,
  ...common(worker),
  expires: worker.expires,
  recentTasks: worker.recentTasks,
  quarantineDetails: worker.quarantineDetails,
  actions: [],
});
