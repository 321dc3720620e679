import { signUrl } from '../auth/index.ts';
import { createAsking } from './asking.ts';
import { authorization, createCall, signing } from './caller.ts';
import { type Connections, openConnections } from './connections.ts';
import { QueueClientError } from './error.ts';
import { artifactMethods } from './methods/artifacts.ts';
import { claimMethods } from './methods/claims.ts';
import { neighbourMethods } from './methods/neighbours.ts';
import { asksSlipway, slipwayMethods, stopWaiting } from './methods/slipway.ts';
import { taskMethods } from './methods/tasks.ts';
import type { CallOptions, QueueClient, QueueClientOptions } from './queue-client.ts';

const SIGNED_URL_MS = 15 * 60 * 1000;

/** What clients with different credentials share: connections, and what is known of the server. */
interface Shared {
  readonly connections: Connections;
  slipway?: Promise<boolean> | undefined;
}

/** Opens a client; nothing is sent before its first call. Throws `QueueClientError` for a root URL that is none. */
export function openQueueClient(options: QueueClientOptions): QueueClient {
  const rootUrl = options.rootUrl.replace(/\/+$/, '');
  if (!/^https?:$/.test(URL.parse(rootUrl)?.protocol ?? ''))
    throw new QueueClientError('the root URL of the queue is no web address', {
      hint: 'expected one such as https://build.example.org (TASKCLUSTER_ROOT_URL)',
    });
  const connections = openConnections();
  return {
    ...clientOver({ connections }, { ...options, rootUrl }),
    [Symbol.asyncDispose]: async () => connections[Symbol.dispose](),
  };
}

function clientOver(shared: Shared, options: QueueClientOptions): QueueClient {
  const askingWith = (mine: QueueClientOptions) =>
    createAsking(createCall(shared.connections, mine), new URL(mine.rootUrl));
  const asking = askingWith(options);
  const isSlipway = async (call: CallOptions = {}): Promise<boolean> => {
    if (shared.slipway === undefined) {
      const asked = asksSlipway(asking);
      shared.slipway = asked;
      // A server that was not there may be there later.
      asked.catch(() => {
        shared.slipway = undefined;
      });
    }
    return await unlessAborted(shared.slipway, call.signal);
  };
  return {
    rootUrl: options.rootUrl,
    publicUrl: options.publicUrl?.replace(/\/+$/, '') ?? options.rootUrl,
    with: (others) => clientOver(shared, { ...options, ...others }),
    isSlipway,
    ...taskMethods(asking),
    ...claimMethods(asking, { isSlipway, stopWaiting: (worker) => stopWaiting(asking, worker) }),
    ...artifactMethods(asking, (credentials) => {
      const { authorizedScopes: _own, ...rest } = options;
      return askingWith({ ...rest, credentials: () => credentials });
    }),
    ...neighbourMethods(asking),
    ...slipwayMethods(asking),
    signUrl(url, expiresInMs = SIGNED_URL_MS) {
      const signer = signing(options);
      if (signer === undefined) return url;
      return signUrl(new URL(url), { ...signer, expiresAt: Date.now() + expiresInMs }).href;
    },
    async fetch(path, init = {}) {
      const url = new URL(options.rootUrl + path);
      const headers = new Headers(init.headers);
      const signed = authorization(init.method ?? 'GET', url, options);
      for (const [name, value] of Object.entries(signed)) headers.set(name, value);
      // A signature is good for one address: what is redirected is for the caller.
      return await fetch(url, { redirect: 'manual', ...init, headers });
    },
    // Who opened the connections closes them.
    async [Symbol.asyncDispose]() {},
  };
}

/** For one who asks of several: who gives up does so for itself. */
async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([asked, left.promise]);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
