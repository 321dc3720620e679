import { type Attacher, attach } from './attach.ts';
import { createAuthorization } from './authorization.ts';
import { type Caller, createCaller } from './caller.ts';
import { isLoopback, originOf } from './endpoint.ts';
import { listCatalog, listTags } from './lists.ts';
import { deleteManifest, findDigest, putManifest, readManifest } from './manifests.ts';
import { hasBlob, putBlob } from './put-blob.ts';
import { readBlob } from './read-blob.ts';
import { listReferrers, type ReferrersRoute } from './referrers.ts';
import type { CallOptions, RegistryClient, RegistryCredentials } from './registry-client.ts';
import { openTransport, type Transport } from './transport.ts';

/** Which registry, as whom, and how patiently. */
export interface RegistryClientOptions {
  /** `HOST[:PORT]`, as names of images begin with it; `docker.io` is Docker Hub. */
  readonly host: string;
  /** @defaultValue `true` for a registry on this machine, otherwise `false` */
  readonly isPlainHttp?: boolean;
  /** Absent: nobody. Over plain HTTP they go to the registry's own host and nowhere else. */
  readonly credentials?: RegistryCredentials | undefined;
  /** Certificates that are trusted beside the usual ones, PEM. */
  readonly ca?: string | Buffer | undefined;
  /** How long nothing may come or go on a connection. @defaultValue 60 seconds */
  readonly stallTimeoutMs?: number;
  /** Pauses before what may pass is tried again. @defaultValue 300 ms, 1 s, 3 s */
  readonly retryPausesMs?: readonly number[];
  /** Told of trouble that may pass. */
  readonly onNotice?: (text: string) => void;
  /** Milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

const STALL_TIMEOUT_MS = 60_000;
const RETRY_PAUSES_MS = [300, 1000, 3000];
const PING_LIMIT_MS = 30_000;

/** A client of one registry. Nothing is asked before it is used. */
export function openRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { host, isPlainHttp = isLoopback(host) } = options;
  const origin = originOf({ host, isPlainHttp });
  const transport = lazyTransport(options);
  const authorization = createAuthorization({
    transport,
    origin,
    credentials: options.credentials,
    now: options.now ?? Date.now,
  });
  const { retryPausesMs = RETRY_PAUSES_MS, onNotice = () => undefined } = options;
  const caller = createCaller({ origin, transport, authorization, retryPausesMs, onNotice });
  return { host, ...methods(caller), [Symbol.asyncDispose]: async () => transport[Symbol.dispose]() };
}

/** Its certificates are read when it is first used. */
function lazyTransport({ stallTimeoutMs = STALL_TIMEOUT_MS, ca }: RegistryClientOptions): Transport {
  let opened: Promise<Transport> | undefined;
  const open = async (): Promise<Transport> => {
    opened ??= openTransport({ stallTimeoutMs, ...(ca !== undefined && { ca }) });
    return await opened;
  };
  return {
    send: async (request) => await (await open()).send(request),
    [Symbol.dispose]: () => void opened?.then((transport) => transport[Symbol.dispose]()),
  };
}

function methods(caller: Caller): Omit<RegistryClient, 'host' | typeof Symbol.asyncDispose> {
  const route: ReferrersRoute = {};
  const attacher: Attacher = { caller, route, changes: new Map() };
  return {
    ping: async (options) => await ping(caller, options),
    catalog: (options) => listCatalog(caller, options),
    tags: async (repository, options) => await listTags(caller, repository, options),
    manifest: async (repository, reference, options) =>
      await readManifest(caller, { repository, reference }, options),
    findDigest: async (repository, reference, options) =>
      await findDigest(caller, { repository, reference }, options),
    putManifest: async (repository, manifest, options) =>
      (await putManifest(caller, repository, manifest, options)).digest,
    deleteManifest: async (repository, digest, options) =>
      await deleteManifest(caller, repository, digest, options),
    hasBlob: async (repository, digest, options) => await hasBlob(caller, repository, digest, options),
    readBlob: (repository, descriptor, options) => readBlob(caller, repository, descriptor, options),
    putBlob: async (repository, blob, options) => await putBlob(caller, repository, blob, options),
    referrers: async (repository, digest, options) =>
      await listReferrers(caller, route, { repository, digest }, options),
    attach: async (repository, artifact, options) => await attach(attacher, repository, artifact, options),
  };
}

async function ping(caller: Caller, { signal }: CallOptions = {}): Promise<void> {
  const answer = await caller.call({
    method: 'GET',
    path: '/v2/',
    scopes: [],
    what: 'the registry itself',
    accept: [200],
    timeLimitMs: PING_LIMIT_MS,
    signal,
  });
  answer.release();
}
