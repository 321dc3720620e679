import { CacheError } from '../error.ts';
import type { SummaryRef } from '../ostree/objects.ts';
import { isRefName } from '../ostree/ref-name.ts';
import { type RetryOptions, retryPauses } from '../retrying.ts';
import type { HttpFilesOptions } from './http/http-files.ts';
import { openRemoteFiles } from './open-remote-files.ts';
import type { RemoteFiles } from './remote-files.ts';
import { type RemoteRefs, remoteRefs } from './remote-refs.ts';
import { requireArchive } from './require-archive.ts';

export interface PullSourceOptions {
  /** How many connections are used at a time at most. @defaultValue 8, as libostree */
  readonly connections?: number;
  /** How often what may pass is tried again without any progress. @defaultValue 5, as libostree */
  readonly retries?: number;
  /** How long a server may say nothing, in milliseconds. @defaultValue 30,000 */
  readonly stallTimeoutMs?: number;
  /** Pauses before further tries; counts more than `retries`. */
  readonly retryPausesMs?: readonly number[];
  /** Where the names of proxies are. @defaultValue `process.env` */
  readonly environment?: NodeJS.ProcessEnv;
  /** The value of the header `Authorization` for a request that may take a right: for refs and lists. Absent: none. */
  readonly authorize?: HttpFilesOptions['authorize'];
  /** Told of each further try. */
  readonly onNotice?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A cache that is pulled from. Dispose it to close its connections. */
export interface PullSource extends Disposable {
  /** For messages: without credentials and query. */
  readonly name: string;
  readonly connections: number;
  readonly asking: RetryOptions & { readonly files: RemoteFiles };
  readonly refs: RemoteRefs;
}

const CONNECTIONS = 8;
const RETRIES = 5;
const STALL_TIMEOUT_MS = 30_000;

/**
 * A cache by its address: `http(s)://…`, `file:///…` or an absolute folder. Asks nothing yet. Throws
 * `INVALID_CONFIGURATION`.
 */
export function openPullSource(address: string, options: PullSourceOptions): PullSource {
  const { connections = CONNECTIONS, retries = RETRIES, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const { environment = process.env, onNotice = () => {}, signal, authorize } = options;
  const signing = authorize === undefined ? {} : { authorize };
  const files = openRemoteFiles(address, { connections, stallTimeoutMs, environment, ...signing });
  const retryPausesMs = options.retryPausesMs ?? retryPauses(retries);
  const asking = { files, signal, onNotice, retryPausesMs };
  return {
    name: files.name,
    connections,
    asking,
    refs: remoteRefs(asking),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

/**
 * The artifacts that a cache lists, in the order of their names; `prefix`: whole components. Throws `CacheError`:
 * `NO_REPOSITORY`, `BAD_REPOSITORY` where it lists nothing at all, what is wrong with the list, or with the connection.
 */
export async function listRemote(source: PullSource, prefix?: string): Promise<readonly SummaryRef[]> {
  const refs = await source.refs.summary();
  if (refs === undefined) {
    await requireArchive(source.asking);
    throw new CacheError('UNAVAILABLE', `${source.name} does not list what it has: there is no summary`, {
      hint: 'Artifacts can be pulled by their names. `slipway cache summary` there writes the list.',
    });
  }
  const isAsked = (ref: string): boolean =>
    prefix === undefined || ref === prefix || ref.startsWith(`${prefix.replace(/\/$/, '')}/`);
  return refs.filter(({ ref }) => isRefName(ref) && isAsked(ref));
}
