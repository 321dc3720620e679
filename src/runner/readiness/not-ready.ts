import { EngineError } from '../../engine/index.ts';
import { visibleText } from '../../kernel/index.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { describeProbe, type Probe } from './choose-probe.ts';
import type { WaitedService } from './waited-service.ts';

const SHOWN_LINES = 20;
const SHOWN_CHARACTERS = 300;

export interface NotReady {
  readonly service: WaitedService;
  readonly probe: Probe;
  readonly waitedMs: number;
  /** What the probe saw last. */
  readonly seen: string | undefined;
  /** Absent: it still runs, and its time is over. */
  readonly exitCode?: number;
}

const HINT =
  '`ready` under the service says how to tell that it is ready: another probe, `{timeout: SECONDS}`, or `false` for not at all';
const EXIT_HINT = '`ready: false` under the service lets it end whenever it wants';

/** Why a service did not get ready: which, what was asked, for how long, and what it printed last. */
export async function notReady(context: RunContext, state: NotReady): Promise<RunError> {
  const { service, probe, waitedMs, seen, exitCode } = state;
  const waited = `${(waitedMs / 1000).toFixed(1)} s`;
  const what =
    exitCode === undefined
      ? `the service "${service.name}" was not ready after ${waited}`
      : `the service "${service.name}" ended with exit code ${exitCode} after ${waited}, before it was ready`;
  // Masked before it is cut: half of a secret would not be found.
  const masked = (text: string): string => shown(context.redactor.text(text));
  const last = seen === undefined ? '' : `; last: ${masked(seen)}`;
  const message = `${what} (waited for ${masked(describeProbe(probe))}${last})${await lastLines(context, service.id)}`;
  return new RunError({ reason: 'service', message, hint: exitCode === undefined ? HINT : EXIT_HINT });
}

const shown = (text: string): string => {
  const visible = visibleText(text.trim());
  return visible.length > SHOWN_CHARACTERS ? `${visible.slice(0, SHOWN_CHARACTERS)}…` : visible;
};

async function lastLines({ engine, redactor }: RunContext, container: string): Promise<string> {
  const log = await readTail(engine, container);
  const lines = redactor
    .text(log.toString('utf8'))
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) return '; it printed nothing';
  return `; it printed last:\n${lines
    .slice(-SHOWN_LINES)
    .map((line) => `  ${shown(line)}`)
    .join('\n')}`;
}

async function readTail(engine: RunContext['engine'], container: string): Promise<Buffer> {
  try {
    return await engine.readLogs(container, { tailLines: SHOWN_LINES });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_FOUND') return Buffer.alloc(0);
    throw error;
  }
}
