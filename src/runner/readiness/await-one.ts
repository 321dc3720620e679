import type { ExecuteResult } from '../../engine/index.ts';
import { unreachable } from '../../kernel/index.ts';
import { describeProbe, type Probe } from './choose-probe.ts';
import { awaitCommand } from './command-probe.ts';
import { isGone } from './listening.ts';
import { awaitText } from './log-probe.ts';
import { notReady } from './not-ready.ts';
import { awaitAnswer, awaitPorts, type ProbeContext } from './port-probe.ts';
import type { WaitedService } from './waited-service.ts';

/** A service that has to be waited for. */
export interface Wait {
  readonly service: WaitedService;
  readonly probe: Probe;
}

export type Probing = Omit<ProbeContext, 'service' | 'onSeen'>;

/** Waits for one service. Throws `RunError` when it ends or its time is over, the signal's reason when that aborts. */
export async function awaitOne({ service, probe }: Wait, probing: Probing): Promise<void> {
  const { context, signal } = probing;
  const startedAt = performance.now();
  let seen: string | undefined;
  const onSeen = (what: string): void => {
    seen = what;
  };
  using limit = createLimit(probe.timeoutMs, signal);
  const probed = runProbe(probe, { ...probing, service, onSeen }).then(() => 'ready' as const);
  const outcome = await Promise.race([untilGone(probed), service.exited, limit.reached]);
  if (outcome !== 'ready') {
    const waitedMs = performance.now() - startedAt;
    const exit = outcome === 'late' ? {} : { exitCode: outcome };
    throw await notReady(context, { service, probe, waitedMs, seen, ...exit });
  }
  const durationMs = performance.now() - service.startedAt;
  const described = describeProbe(probe);
  context.emit({
    type: 'service-ready',
    at: Date.now(),
    service: service.name,
    probe: described,
    durationMs,
  });
}

/** `reached` resolves after the time, and rejects when the signal aborts. */
function createLimit(
  limitMs: number,
  signal: AbortSignal,
): Disposable & { readonly reached: Promise<'late'> } {
  const { promise, resolve, reject } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, limitMs, 'late');
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    reached: promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Of a container that does not run any more nothing can be asked; its end itself is what is told. */
async function untilGone<T>(probed: Promise<T>): Promise<T> {
  try {
    return await probed;
  } catch (error) {
    if (isGone(error)) return await never();
    throw error;
  }
}

const never = (): Promise<never> => new Promise(() => {});

async function runProbe(probe: Probe, probing: ProbeContext): Promise<void> {
  const { context, service, signal } = probing;
  const container = service.id;
  switch (probe.kind) {
    case 'tcp':
      return await awaitPorts(probe, probing);
    case 'http':
      return await awaitAnswer(probe, probing);
    case 'command': {
      const onFailure = tellFailures(probe, probing);
      return await awaitCommand(context.engine, { container, command: probe.command, signal, onFailure });
    }
    case 'log': {
      const found = await awaitText(context.engine, { container, text: probe.text, signal });
      return found ? undefined : await never(); // its output has ended, and so does the service
    }
    default:
      return unreachable(probe);
  }
}

/** A command that is not there is told at once, since it will hardly come: nobody should wait a minute to hear of it. */
function tellFailures(
  probe: Probe,
  { context, service, onSeen }: ProbeContext,
): (result: ExecuteResult) => void {
  let told = false;
  return (result) => {
    onSeen(describeResult(result));
    if (told || (result.exitCode !== 126 && result.exitCode !== 127)) return;
    told = true;
    const what = `${describeProbe(probe)} cannot be run in the service "${service.name}"`;
    context.notice(
      'warning',
      `${what} (${describeResult(result)}); it is tried on for ${probe.timeoutMs / 1000} s`,
    );
  };
}

function describeResult({ exitCode, output }: ExecuteResult): string {
  const line = output.toString('utf8').trim().split('\n').at(-1) ?? '';
  return `exit code ${exitCode}${line === '' ? '' : `: ${line}`}`;
}
