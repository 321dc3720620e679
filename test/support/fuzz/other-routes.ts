import type { Route } from './described-routes.ts';

const TASK_ID = '^[A-Za-z0-9_-]{21}[AQgw]$';
const RUN = '^(?:0|[1-9][0-9]{0,2})$';
const NAME = '^(?:public|private)/[a-z.]{1,12}$';
const ID = '^[a-z0-9-]{1,20}$';
const HEX = '^[0-9a-f]{64}$';
const NUMBER = '^[0-9]{1,6}$';
const SIGNED = { expires: '^[0-9]{10}$', signature: '^[A-Za-z0-9_-]{43}$' };

const route = (
  method: string,
  path: string,
  parts: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): Route => ({ method, path, parts, query });

const OF_RUN = { taskId: TASK_ID, runId: RUN, name: NAME };
const IN_RUN = '/api/slipway/v1/task/{taskId}/runs/{runId}';
const ARTIFACT = { path: '^[a-z./]{1,20}$', as: '^(?:zip|tar|tar.gz)$', view: '^1$', ...SIGNED };
const BUILDS = '/api/slipway/v1/builds';

/** What no description tells of: bytes, logs, pages, the artifact cache, operators' builds. */
export const OTHER_ROUTES: readonly Route[] = [
  route('GET', '/healthz'),
  route('GET', '/metrics'),
  route('GET', '/{any}', { any: ID }),
  route('GET', '/assets/{any}', { any: '^[a-z.-]{1,20}$' }),
  route('GET', '/runs', {}, { limit: NUMBER, after: ID, application: ID }),
  ...['runs', 'tasks', 'groups', 'images', 'queues'].map((kind) => route('GET', `/${kind}/{id}`, { id: ID })),
  route('GET', '/runs/{id}/artifacts/{name}', { id: ID, name: ID }, ARTIFACT),
  route('GET', '/api/v1/runs', {}, { limit: NUMBER, after: ID, application: ID }),
  route('GET', '/api/v1/runs/{id}', { id: ID }, SIGNED),
  route('GET', '/api/v1/runs/{id}/log', { id: ID }, { start: NUMBER, follow: '^(?:true|false)$' }),
  route('GET', '/api/v1/runs/{id}/events', { id: ID }, { start: NUMBER, follow: '^(?:true|false)$' }),
  route('GET', '/api/v1/runs/{id}/artifact', { id: ID }, ARTIFACT),
  route('GET', '/api/v1/runs/{id}/artifacts/{name}', { id: ID, name: ID }, ARTIFACT),
  route('GET', '/api/v3/operator/artifact/download', {}, { a: ID, s: '^/[a-z/]{1,20}$', t: ID, ...ARTIFACT }),
  ...['', '/artifacts'].flatMap((base) => [
    route('GET', `${base}/config`),
    route('GET', `${base}/summary`),
    route('GET', `${base}/refs/heads/{ref}`, { ref: '^slipway.(?:build|source)/[a-z/]{1,20}$' }),
    route('GET', `${base}/objects/{two}/{rest}`, {
      two: '^[0-9a-f]{2}$',
      rest: '^[0-9a-f]{62}.(?:commit|filez)$',
    }),
    route('GET', `${base}/.slipway/closure/{commit}`, { commit: HEX }),
    route('POST', `${base}/.slipway/objects`),
    route('POST', `${base}/.slipway/missing`),
    route('POST', `${base}/.slipway/publish`),
  ]),
  route('PUT', `${IN_RUN}/log/{name}`, OF_RUN, { offset: NUMBER }),
  route('POST', `${IN_RUN}/log/{name}/end`, OF_RUN),
  route('GET', `${IN_RUN}/log/{name}`, OF_RUN, { start: NUMBER, follow: '^(?:true|false)$' }),
  route('PUT', `${IN_RUN}/content/{name}`, OF_RUN, { ...SIGNED, length: NUMBER }),
  route('GET', `${IN_RUN}/content/{name}`, OF_RUN, SIGNED),
  route('GET', `${IN_RUN}/shell`, OF_RUN, { command: ID, tty: '^true$' }),
  route('GET', '/api/slipway/v1/backup'),
  route('GET', BUILDS, {}, { limit: NUMBER, user: ID }),
  route('POST', BUILDS),
  ...['', '/log', '/report'].map((what) => route('GET', `${BUILDS}/{id}${what}`, { id: '^[0-9a-f-]{36}$' })),
  route('POST', `${BUILDS}/{id}/cancel`, { id: '^[0-9a-f-]{36}$' }),
];

/** The descriptions that a server gives of itself. */
export const DESCRIPTIONS: readonly string[] = [
  ...['queue', 'slipway', 'index', 'purge-cache', 'auth', 'object'].map(
    (name) => `/api/${name}/v1/openapi.json`,
  ),
  '/system/apispec_1.json',
];
