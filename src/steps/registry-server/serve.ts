import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PublishLimits } from './publish-routes.ts';
import { createStepRoutes } from './routes.ts';
import { openStepStore } from './step-store.ts';
import { createTokenCheck, type TokenEntry } from './tokens.ts';

export interface ServeStepsOptions {
  readonly folder: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tokens: readonly TokenEntry[];
  /** What addresses in answers begin with; absent: the host that was asked. */
  readonly publicUrl?: string;
  readonly limits?: Partial<PublishLimits>;
  readonly onTrouble: (error: unknown) => void;
}

/** A registry that listens; dispose it to stop: what is being answered may end, for at most ten seconds. */
export interface StepRegistryServer extends AsyncDisposable {
  readonly url: string;
}

const STOP_MS = 10_000;
const TIDY_MS = 600_000;

/** Serves a registry of steps. Rejects with what the system says when the address or the folder cannot be had. */
export async function serveSteps(options: ServeStepsOptions): Promise<StepRegistryServer> {
  const { host, port, tokens, onTrouble } = options;
  const store = await openStepStore(options.folder);
  let url = '';
  const handle = createStepRoutes({
    ...options,
    store,
    check: createTokenCheck(tokens),
    localUrl: () => url,
  });
  // The time for a request is that of the largest archive over a slow line.
  const server = createServer({ requestTimeout: 1_800_000, headersTimeout: 20_000 }, (request, response) => {
    void handle(request, response);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo; // a server on a port has one of this kind
  url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  const tidying = setInterval(() => void store.tidy().catch(onTrouble), TIDY_MS).unref();
  return {
    url,
    async [Symbol.asyncDispose]() {
      clearInterval(tidying);
      await stop(server);
    },
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), STOP_MS);
  await closed;
  clearTimeout(force);
}
