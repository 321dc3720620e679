import { type Caller, type WhiskUser, type WhiskUsers, WhiskUsersError } from '../../../auth/index.ts';
import {
  createServerLogger,
  createServerMetrics,
  type RunningServer,
  startServer,
} from '../../../server/index.ts';
import type { Builder } from '../../builder.ts';
import type { BuilderRoutesOptions } from '../builder-routes.ts';
import { openBuilderRoutes } from '../open-builder-routes.ts';

/** A token, as `~/.wskprops` has it. */
export const ALICE = '11111111-2222-3333-4444-555555555555:a-key-of-alice-that-is-long';
export const BOB = '99999999-8888-7777-6666-555555555555:a-key-of-bob-that-is-long';

const USERS: Readonly<Record<string, WhiskUser>> = {
  [ALICE]: { login: 'alice', env: { REGISTRY_HOST: 'one', A: '1' }, userenv: { REGISTRY_HOST: 'two' } },
  [BOB]: { login: 'bob', env: { B: '1' } },
  'nobody:without-variables': { login: 'nobody', env: {}, userenv: {} },
  'set:only-by-the-user': { login: 'own', env: {}, userenv: { X: 'y' } },
};

/** Users that are known without a file or a database. */
const users: WhiskUsers = {
  name: 'users of a test',
  async find({ uuid, key }) {
    if (uuid === 'trouble') throw new WhiskUsersError('the database of users burns');
    return USERS[`${uuid}:${key}`];
  },
  findByLogin: async (wanted) => Object.values(USERS).find(({ login }) => login === wanted),
  isWell: async () => true,
};

/** A server with nothing on it but a builder. */
export interface ServedBuilder extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  /** Lines of the server's log. */
  readonly lines: readonly string[];
  /** `/system/api/v1/build` + path, with Alice's token where no headers are given. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Serves a builder on a port of this machine. */
export async function serveBuilder(
  builder: Builder,
  options: Partial<Omit<BuilderRoutesOptions, 'users'>> & {
    readonly caller?: () => Caller;
    /** @defaultValue true */
    readonly hasUsers?: boolean;
  } = {},
): Promise<ServedBuilder> {
  const lines: string[] = [];
  const logger = createServerLogger({
    stream: { write: (line: string) => lines.push(line) },
    format: 'json',
    debug: false,
  });
  const metrics = createServerMetrics();
  const { caller = () => ({ clientId: 'anonymous', scopes: [] }), hasUsers = true, ...more } = options;
  const stopping = new AbortController();
  const routes = await openBuilderRoutes({
    builder,
    catalog: new Map([['nodejs:20', { kind: 'nodejs', source: 'team/runtime-nodejs:v20' }]]),
    rules: { allowedSources: [], maxFileBytes: 5_000_000 },
    strictUserCheck: true,
    meter: metrics.downloads,
    stopping: stopping.signal,
    ...(hasUsers && { users }),
    access: 'closed',
    addresses: { isLoopback: true },
    authenticate: caller,
    version: '1.2.3',
    ...more,
  });
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    routes: [routes],
    logger,
    metrics,
    drainTimeoutMs: 1000,
  });
  const { url } = server;
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}/system/api/v1/build${path}`, { headers: { authorization: ALICE }, ...init });
  return {
    url,
    server,
    lines,
    ask,
    post: (path, body, headers = { authorization: ALICE }) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await server.close();
    },
  };
}
