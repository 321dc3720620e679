import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { http, https } from './node-http.ts';

/** Connections that stay open from one request to the next. */
export interface Agents extends Disposable {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
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
  const plain = new http.Agent(options);
  const secure = new https.Agent(options);
  return {
    http: plain,
    https: secure,
    [Symbol.dispose]() {
      plain.destroy();
      secure.destroy();
    },
  };
}
