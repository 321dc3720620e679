import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { CacheError } from '../../error.ts';
import { http, https } from './node-http.ts';

/** Connections that stay open from one request to the next. */
export interface Agents extends Disposable {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Closes those that nobody uses now. */
  letGo(): void;
}

export interface AgentOptions {
  /** How many there are at a time at most. */
  readonly connections: number;
  /** Names proxies, as for other programs: `http_proxy`, `https_proxy`, `no_proxy`, also in capitals. */
  readonly environment: NodeJS.ProcessEnv;
}

export function createAgents({ connections, environment }: AgentOptions): Agents {
  // An answer that was let go of may still hold its connection when the next request comes.
  const options = {
    keepAlive: true,
    maxSockets: 2 * connections,
    maxFreeSockets: connections,
    proxyEnv: environment,
  };
  const { plain, secure } = makeBoth(options);
  return {
    http: plain,
    https: secure,
    letGo() {
      const idle = [plain, secure].flatMap(({ freeSockets }) => Object.values(freeSockets).flat());
      for (const socket of idle) socket?.destroy();
    },
    [Symbol.dispose]() {
      plain.destroy();
      secure.destroy();
    },
  };
}

type Options = ConstructorParameters<typeof http.Agent>[0] & ConstructorParameters<typeof https.Agent>[0];

/** Node quotes a proxy's address that it cannot read, with the password that is in it. */
function makeBoth(options: Options): { readonly plain: HttpAgent; readonly secure: HttpsAgent } {
  try {
    return { plain: new http.Agent(options), secure: new https.Agent(options) };
  } catch {
    const hint =
      'It is http://host:port or https://host:port, in http_proxy or https_proxy of the environment.';
    throw new CacheError('INVALID_CONFIGURATION', 'the address of a proxy is not one', { hint });
  }
}
