import { z } from 'zod';
import { QueueError } from '../../error.ts';
import { PAGED, PARAMETERS, pageOf } from '../../routes/queue-context.ts';
import { type SystemContext, systemMethods } from '../../routes/system-methods.ts';
import { methodsOf, type Service } from '../../service/index.ts';
import type { PurgeRequest, PurgeRequests } from './purge-requests.ts';

/** What the methods of the purge cache work with. */
export interface PurgeContext extends SystemContext {
  readonly purges: PurgeRequests;
}

const method = methodsOf<PurgeContext>();

const PurgeCache = z.strictObject({ cacheName: z.string().regex(/^[\x20-\x7e]{1,255}$/) });

const Request = z.strictObject({
  provisionerId: z.string(),
  workerType: z.string(),
  cacheName: z.string(),
  before: z.iso.datetime(),
});

function shown({ workerPoolId, cacheName, before }: PurgeRequest): z.infer<typeof Request> {
  const [provisionerId = '', workerType = ''] = workerPoolId.split('/');
  return { provisionerId, workerType, cacheName, before: new Date(before).toISOString() };
}

const METHODS = [
  method({
    name: 'purgeCache',
    verb: 'POST',
    path: '/purge-cache/<workerPoolId>',
    about: 'asks the workers of a pool to use caches of a name no more that are there now',
    status: 204,
    scopes: 'purge-cache:<workerPoolId>:<cacheName>',
    input: PurgeCache,
    async handle({ params: { workerPoolId }, body: { cacheName }, authorize }, { purges }) {
      authorize({ cacheName });
      await purges.purge(workerPoolId, cacheName);
      return undefined;
    },
  }),
  method({
    name: 'allPurgeRequests',
    verb: 'GET',
    path: '/purge-cache/list',
    about: 'lists what was asked to be purged, of all pools',
    query: PAGED,
    scopes: 'purge-cache:all-purge-requests',
    output: z.strictObject({ requests: z.array(Request), continuationToken: z.string().exactOptional() }),
    async handle({ query }, { purges }) {
      const { items, ...more } = await purges.all(pageOf(query));
      return { requests: items.map(shown), ...more };
    },
  }),
  method({
    name: 'purgeRequests',
    verb: 'GET',
    path: '/purge-cache/<workerPoolId>',
    about: 'lists what was asked to be purged by the workers of a pool',
    query: { since: /^[\x21-\x7e]{1,40}$/ },
    scopes: 'purge-cache:purge-requests::<workerPoolId>',
    output: z.strictObject({ requests: z.array(Request) }),
    async handle({ params: { workerPoolId }, query: { since } }, { purges }) {
      const requests = await purges.of(workerPoolId, since === undefined ? 0 : momentOf(since));
      return { requests: requests.map(shown) };
    },
  }),
];

function momentOf(since: string): number {
  const moment = Date.parse(since);
  if (!Number.isNaN(moment)) return moment;
  throw new QueueError(
    'InvalidRequestArguments',
    `since in the query is "${since}": expected a moment such as 2030-01-31T12:00:00Z`,
  );
}

/** What workers are not to use any more, as a neighbour of the queue. */
export const PURGE_CACHE_SERVICE: Service<PurgeContext> = {
  name: 'purge-cache',
  version: 'v1',
  title: 'Purge cache',
  parameters: { workerPoolId: PARAMETERS['taskQueueId'] ?? { pattern: /$^/ } },
  methods: [...systemMethods<PurgeContext>(), ...METHODS],
};
