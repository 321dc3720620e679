import type { ServerResponse } from 'node:http';
import type { Call, Reply } from './oci-server-state.ts';

/** What goes wrong with one request. */
export type OciFault =
  /** Answered with a status, and nothing done. Without a code the body is no JSON. */
  | { readonly type: 'status'; readonly status: number; readonly code?: string }
  /** Answered well, with another body. */
  | { readonly type: 'body'; readonly body: string }
  /** Taken, and never answered. */
  | { readonly type: 'silence' }
  /** The connection is cut; `done`: after what was asked for was done. */
  | { readonly type: 'reset'; readonly done?: boolean }
  /** The body ends, or nothing more of it comes, after so many bytes. */
  | { readonly type: 'cut' | 'stall'; readonly afterBytes: number };

export interface OciFaults {
  /** The next requests that match go wrong, one for each fault, in this order. */
  plan(matches: (call: Pick<Call, 'method' | 'target'>) => boolean, ...faults: readonly OciFault[]): void;
  /** Uses up a fault. */
  take(call: Call): OciFault | undefined;
  /** How many have not happened yet. */
  readonly left: number;
}

export function createFaults(): OciFaults {
  const planned: { matches: (call: Call) => boolean; faults: OciFault[] }[] = [];
  return {
    plan: (matches, ...faults) => void planned.push({ matches, faults: [...faults] }),
    take: (call) => planned.find(({ matches, faults }) => faults.length > 0 && matches(call))?.faults.shift(),
    get left() {
      return planned.reduce((total, { faults }) => total + faults.length, 0);
    },
  };
}

/** Answers as the fault says. */
export function sendFault(
  response: ServerResponse,
  fault: OciFault,
  good: () => Reply,
  send: (reply: Reply) => void,
): void {
  switch (fault.type) {
    case 'status': {
      const { status, code } = fault;
      send({
        status,
        body: code === undefined ? Buffer.from('<html>no</html>') : { code, message: 'on purpose' },
      });
      return;
    }
    case 'body':
      send({ status: 200, body: Buffer.from(fault.body) });
      return;
    case 'silence':
      return;
    case 'reset':
      if (fault.done) good();
      response.destroy();
      return;
    case 'cut':
    case 'stall': {
      const { status, headers, body } = good();
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
      response.write(bytes.subarray(0, fault.afterBytes), () => fault.type === 'cut' && response.destroy());
    }
  }
}
