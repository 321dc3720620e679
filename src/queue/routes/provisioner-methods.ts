import {
  ProvisionerAnswer,
  ProvisionersAnswer,
  TaskQueueAnswer,
  WorkerTypesAnswer,
} from '../../queue-api/schema/index.ts';
import type { Queue, TaskQueueRecord } from '../queue.ts';
import { found, method, PAGED } from './queue-context.ts';
import { halvesOf, queueAnswer } from './queue-methods.ts';

/** Queues as they were once told of: a family, and a type of workers in it. */
export const PROVISIONER_METHODS = [
  method({
    name: 'listProvisioners',
    verb: 'GET',
    path: '/provisioners',
    about: 'lists the first halves of the names of queues',
    isDeprecated: true,
    scopes: 'queue:list-provisioners',
    query: PAGED,
    output: ProvisionersAnswer,
    async handle({ query }, { queue }) {
      const { items, ...next } = partOf(
        provisionersOf(await allQueues(queue)),
        query,
        (each) => each.provisionerId,
      );
      return { provisioners: items, ...next };
    },
  }),
  method({
    name: 'getProvisioner',
    verb: 'GET',
    path: '/provisioners/<provisionerId>',
    about: 'gives the facts of the queues with the same first half',
    isDeprecated: true,
    scopes: 'queue:get-provisioner:<provisionerId>',
    output: ProvisionerAnswer,
    async handle({ params: { provisionerId } }, { queue }) {
      const [only] = provisionersOf(ofProvisioner(await allQueues(queue), provisionerId));
      return found(only, `provisioner ${provisionerId}`);
    },
  }),
  method({
    name: 'listWorkerTypes',
    verb: 'GET',
    path: '/provisioners/<provisionerId>/worker-types',
    about: 'lists the queues with the same first half',
    isDeprecated: true,
    scopes: 'queue:list-worker-types:<provisionerId>',
    query: PAGED,
    output: WorkerTypesAnswer,
    async handle({ params: { provisionerId }, query }, { queue }) {
      const queues = ofProvisioner(await allQueues(queue), provisionerId).map(queueAnswer);
      const { items, ...next } = partOf(queues, query, (each) => each.workerType);
      return { workerTypes: items, ...next };
    },
  }),
  method({
    name: 'getWorkerType',
    verb: 'GET',
    path: '/provisioners/<provisionerId>/worker-types/<workerType>',
    about: 'gives the facts of a queue',
    isDeprecated: true,
    scopes: 'queue:get-worker-type:<provisionerId>/<workerType>',
    output: TaskQueueAnswer,
    async handle({ params: { provisionerId, workerType } }, { queue }) {
      const name = `${provisionerId}/${workerType}`;
      return queueAnswer(found(await queue.taskQueue(name), `worker type ${name}`));
    },
  }),
];

/** As many as there are kinds of machines. */
async function allQueues(queue: Queue): Promise<readonly TaskQueueRecord[]> {
  const all: TaskQueueRecord[] = [];
  let continuationToken: string | undefined;
  do {
    const page = await queue.taskQueues(continuationToken === undefined ? {} : { continuationToken });
    all.push(...page.items);
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return all;
}

const ofProvisioner = (queues: readonly TaskQueueRecord[], provisionerId: string) =>
  queues.filter(({ taskQueueId }) => halvesOf(taskQueueId).provisionerId === provisionerId);

const latest = (a: string, b: string): string => (Date.parse(a) < Date.parse(b) ? b : a);

/** Each as alive as the liveliest of its queues. */
function provisionersOf(queues: readonly TaskQueueRecord[]) {
  const found = new Map<string, { readonly expires: string; readonly lastDateActive: string }>();
  for (const { taskQueueId, expires, lastDateActive } of queues) {
    const { provisionerId } = halvesOf(taskQueueId);
    const known = found.get(provisionerId) ?? { expires, lastDateActive };
    found.set(provisionerId, {
      expires: latest(known.expires, expires),
      lastDateActive: latest(known.lastDateActive, lastDateActive),
    });
  }
  return [...found].map(([provisionerId, times]) => ({
    provisionerId,
    stability: 'experimental' as const,
    description: '',
    ...times,
    actions: [],
  }));
}

interface Part<T> {
  readonly items: readonly T[];
  readonly continuationToken?: string;
}

/** What follows the name that the token holds, in the order of the names. */
function partOf<T>(
  all: readonly T[],
  { limit = '1000', continuationToken }: Readonly<Partial<Record<string, string>>>,
  nameOf: (item: T) => string,
): Part<T> {
  const rest = all
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .filter((item) => continuationToken === undefined || nameOf(item) > continuationToken);
  const items = rest.slice(0, Number(limit));
  const last = items.at(-1);
  return last === undefined || items.length === rest.length
    ? { items }
    : { items, continuationToken: nameOf(last) };
}
