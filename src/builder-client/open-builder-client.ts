import { createAsk } from './asking.ts';
import type {
  BuilderClient,
  BuilderClientOptions,
  BuildOrder,
  BuildQuery,
  CallOptions,
  RemoteBuild,
} from './builder-client.ts';
import { BuilderClientError } from './error.ts';
import { followBuild, LOG_RETRIES, readLog } from './follow-log.ts';

// The original answers after the first container of the Job has ended, at most 120 s later.
const START_TIMEOUT_MS = 180_000;

// What is ended has to have ended: an engine takes some seconds to stop a container.
const CANCEL_TIMEOUT_MS = 120_000;

const MAX_PAGES = 1000;

/** Opens a client; nothing is sent before its first call. Throws `BuilderClientError` for an address or token that is none. */
export function openBuilderClient(given: BuilderClientOptions): BuilderClient {
  const options = { ...given, url: addressOf(given.url) };
  checkToken(options.token);
  const ask = createAsk(options);
  const patiently = createAsk({ ...options, retries: LOG_RETRIES });
  return {
    url: options.url,
    async start(order, call = {}) {
      const started = await ask('started', {
        ...call,
        call: 'start',
        method: 'POST',
        path: 'start',
        body: bodyOf(order),
        isRepeatable: false,
        timeoutMs: START_TIMEOUT_MS,
      });
      const { id, job_name, build, warnings = [] } = started;
      return { id, jobName: job_name, warnings, ...(build !== undefined && { build }) };
    },
    build: async (id, call = {}) => await ask('build', { ...call, ...get('status', { id }) }),
    list: async (query = {}, call = {}) => {
      const builds: RemoteBuild[] = [];
      for await (const page of pages(query, call)) builds.push(...page);
      return builds.slice(0, query.limit);
    },
    cancel: async (id, call = {}) =>
      await ask('build', {
        ...call,
        call: 'cancel',
        method: 'POST',
        path: 'cancel',
        body: { id },
        isRepeatable: true, // one that has ended stays as it is
        timeoutMs: CANCEL_TIMEOUT_MS,
      }),
    report: async (id, call = {}) => (await ask('report', { ...call, ...get('report', { id }) })).report,
    keys: async (call = {}) => (await ask('keys', { ...call, ...get('keys', {}) })).keys,
    async cleanUp(maxAgeHours, call = {}) {
      const { message } = await ask('cleaned', {
        ...call,
        call: 'cleanup',
        method: 'POST',
        path: 'cleanup',
        body: { max_age_hours: maxAgeHours },
        isRepeatable: false, // how many there were is known to the first answer alone
      });
      return Number(/\d+/.exec(message)?.[0]);
    },
    log: async (id, following) => await readLog(options, { ...following, id, follow: false }),
    follow: async (id, following) =>
      await followBuild(options, (call) => patiently('build', { ...call, ...get('status', { id }) }), {
        ...following,
        id,
      }),
  };

  async function* pages({ limit, states }: BuildQuery, call: CallOptions) {
    let token: string | undefined;
    let count = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const left = limit === undefined ? undefined : Math.min(limit - count, 1000);
      const answer = await ask('builds', {
        ...call,
        ...get('list', { limit: left, state: states?.join(','), continuationToken: token }),
      });
      yield answer.builds;
      count += answer.builds.length;
      token = answer.continuationToken;
      if (token === undefined || limit === undefined || count >= limit) return;
    }
  }
}

/** A question that may be asked again. */
function get(path: string, values: Readonly<Record<string, string | number | undefined>>) {
  const given = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const query = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return { call: path, method: 'GET', path: path + query, isRepeatable: true } as const;
}

const bodyOf = ({ source, target, kind, file, force = false }: BuildOrder) => ({
  source,
  target,
  kind,
  ...(file !== undefined && { file: Buffer.from(file).toString('base64') }),
  ...(force && { force }),
});

function addressOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return url.href.replace(/\/+$/, '');
  throw new BuilderClientError('the address of the image builder is no web address', {
    hint: 'Expected one such as http://127.0.0.1:8080/system (ADMIN_API_URL).',
  });
}

/** What would end its place in the header is no token. */
function checkToken(token: string | undefined): void {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return;
  throw new BuilderClientError('the token of the image builder is none', {
    hint: 'Expected UUID:KEY in AUTH of the environment, or of ~/.wskprops (WSK_CONFIG_FILE).',
  });
}
