import { isIP } from 'node:net';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';

/** How a box reaches the engine itself (`docker: true`). */
export interface EngineAccess {
  /** For `DOCKER_HOST` in the box. */
  readonly host: string;
  /** To be mounted at the same path; absent where the engine is reached over the network. */
  readonly socket?: string;
}

/** Asks where the engine is. Throws `RunError` where the box could not reach it there. */
export async function findEngineAccess({ engine, notice }: RunContext): Promise<EngineAccess> {
  const { endpoint } = await engine.ping();
  const [, scheme, rest = ''] = /^(\w+):\/\/(.*)$/.exec(endpoint) ?? [];
  if (scheme === 'unix') return { host: endpoint, socket: rest };
  if (scheme !== 'tcp' && scheme !== 'https')
    throw unreachableEngine(endpoint, 'a box cannot reach it there');
  if (isLoopback(URL.parse(`http://${rest}`)?.hostname ?? '')) {
    throw unreachableEngine(endpoint, 'in the box that address is the box itself');
  }
  if (scheme === 'https') {
    const text = `The engine at ${endpoint} asks for certificates, and the box is given none: set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH in a step`;
    notice('warning', text);
  }
  return { host: `tcp://${rest}` };
}

function unreachableEngine(endpoint: string, why: string): RunError {
  return new RunError({
    reason: 'box',
    message: `the pipeline asks for \`docker: true\`, but the engine is at ${endpoint}: ${why}`,
    hint: 'point DOCKER_HOST at the engine by its unix socket, or by an address that containers reach as well',
  });
}

function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 4) return address.startsWith('127.');
  return address === '::1' || address === 'localhost' || address.endsWith('.localhost');
}
