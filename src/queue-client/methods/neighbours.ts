import { type Asking, path, query } from '../asking.ts';
import type { QueueClient } from '../queue-client.ts';

type NeighbourMethods = Pick<QueueClient, 'findTask' | 'purgeRequests' | 'expandScopes'>;

interface PurgeRequest {
  readonly cacheName: string;
  readonly before: string;
}

export const neighbourMethods = ({ get, post }: Asking): NeighbourMethods => ({
  findTask: async (namespace, options) =>
    await get<{ taskId: string }>(
      'findTask',
      `/api/index/v1${path`/task/${namespace}`}`,
      'indexedTask',
      options,
    ),
  async purgeRequests(workerPoolId, since, options) {
    const when = query({ since: since === undefined ? undefined : new Date(since).toISOString() });
    const where = `/api/purge-cache/v1${path`/purge-cache/${workerPoolId}`}${when}`;
    return (
      await get<{ requests: readonly PurgeRequest[] }>('purgeRequests', where, 'purgeRequests', options)
    ).requests;
  },
  async expandScopes(scopes, options) {
    const asked = { ...options, body: { scopes } };
    return (
      await post<{ scopes: readonly string[] }>('expandScopes', '/api/auth/v1/scopes/expand', 'scopes', asked)
    ).scopes;
  },
});
