import type { RunContext } from '../context.ts';
import { type Probe, portList } from './choose-probe.ts';
import { awaitListening } from './listening.ts';
import type { PortOutcome, PortWatch } from './port-watch.ts';
import type { WaitedService } from './waited-service.ts';

/** How long the other ports of an image may take, once one of them is open. */
const GRACE_MS = 2000;

export interface ProbeContext {
  readonly context: RunContext;
  readonly ports: PortWatch;
  readonly service: WaitedService;
  readonly signal: AbortSignal;
  /** What was seen last, for the person when it never gets ready. */
  readonly onSeen: (what: string) => void;
}

type TcpProbe = Extract<Probe, { kind: 'tcp' }>;

/**
 * Waits until a service's ports are open. Those that the file names must all be; of those that its image declares some
 * may never be (rabbitmq declares five and opens two), so once one is open the others have two seconds more.
 */
export async function awaitPorts(probe: TcpProbe, probing: ProbeContext): Promise<void> {
  const { context, service, signal } = probing;
  const grace = new AbortController();
  const closed = new Set(probe.ports);
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  const one = async (port: number): Promise<void> => {
    const outcome = await awaitPort(port, probing, grace.signal);
    if (outcome === 'given up') return;
    closed.delete(port);
    const rest = [...closed];
    if (rest.length > 0) probing.onSeen(`${portList(rest)} ${rest.length === 1 ? 'is' : 'are'} not open`);
    if (!probe.named) timer ??= setTimeout(() => grace.abort(), GRACE_MS);
  };
  await Promise.all(probe.ports.map(one));
  clearTimeout(timer);
  // Where the waiting as a whole was ended, the reason for that is told.
  if (grace.signal.aborted && !signal.aborted) warnOfClosed(context, service.name, [...closed]);
}

function warnOfClosed({ notice }: RunContext, service: string, closed: readonly number[]): void {
  const they = closed.length === 1 ? 'it' : 'them';
  notice(
    'warning',
    `The service "${service}" declares ${portList(closed)} and has not opened ${they}: the run goes on. ` +
      'Name the ports that it does open under its `ready` (`ready: 5432`), or write `ready: false`',
  );
}

async function awaitPort(port: number, probing: ProbeContext, enough: AbortSignal): Promise<PortOutcome> {
  const { service, ports } = probing;
  const target = { address: service.address, port };
  const outcome = service.address === '' ? 'skipped' : await ports.ask({ target, enough });
  return outcome === 'skipped' ? await lookFromInside(port, probing, enough) : outcome;
}

/** Waits until a service answers a request as it should. */
export async function awaitAnswer(
  probe: Extract<Probe, { kind: 'http' }>,
  probing: ProbeContext,
): Promise<void> {
  const { context, service, ports, signal, onSeen } = probing;
  const { path, port, status } = probe;
  // The file's own word for it, unless it would be more than a word in a header.
  const name = /^[\w.-]+$/.test(service.name) ? service.name : service.address;
  const http = { path, host: `${name}:${port}`, ...(status !== undefined && { status }) };
  const onStatus = (code: string): void => {
    if (code !== '') onSeen(`it answered with status ${code}`);
  };
  const target = { address: service.address, port, http };
  const outcome = service.address === '' ? 'skipped' : await ports.ask({ target, onStatus });
  if (outcome !== 'skipped') return;
  context.notice(
    'warning',
    `Nobody can ask the service "${service.name}" for ${path}: the box has neither bash nor curl nor wget. Its port is waited for instead`,
  );
  await lookFromInside(port, probing, signal);
}

/** The box has nothing to look with: what the service's own container knows of its sockets is asked. */
async function lookFromInside(
  port: number,
  { context, service, signal }: ProbeContext,
  enough: AbortSignal,
): Promise<PortOutcome> {
  const looking = AbortSignal.any([signal, enough]);
  try {
    const outcome = await awaitListening(context.engine, service.id, { port, signal: looking });
    if (outcome === 'open') return outcome;
  } catch (error) {
    if (enough.aborted && !signal.aborted) return 'given up';
    throw error;
  }
  context.notice(
    'warning',
    `Nobody can tell whether port ${port} of the service "${service.name}" is open: the box has neither bash nor nc, and the ` +
      "service's container has no cat. The run goes on; `ready: {log: …}` or `ready: {command: …}` says it another way",
  );
  return 'open';
}
