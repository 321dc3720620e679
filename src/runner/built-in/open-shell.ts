import { interpolate } from '../../pipeline/index.ts';
import { type Box, DEFAULT_COMMAND } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { sessionEnvironment } from '../session-environment.ts';

export interface ShellOptions {
  /** Absent: bash where the box has it, else sh. */
  readonly command?: readonly string[] | undefined;
  /** Typed before the person has the terminal. */
  readonly code?: string | undefined;
  /** What is exported where the session is gone. Absent: the run's own variables. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Gives the person a shell in the box, in the steps' folder and with what they exported, until they leave it. Throws
 * `RunError` where nobody is at a terminal.
 */
export async function openShell(context: RunContext, box: Box, options: ShellOptions): Promise<void> {
  const { engine, person } = context;
  if (person === undefined) {
    throw new RunError({
      reason: 'step-failed',
      message: 'a shell in the box needs a person at a terminal, and this run has none',
      hint: 'run it on a terminal, without a pipe or a file at its input and output',
    });
  }
  const { command = DEFAULT_COMMAND, code, signal } = options;
  const environment = await shellEnvironment(context, box, options.variables);
  await person.connect(async (size) => {
    const { sourceDir } = box.plan.plan;
    const terminal = await engine.openTerminal(box.id, { command, environment, workingDir: sourceDir, size });
    if (code !== undefined) await terminal.write(`${code.trimEnd()}\n`);
    return terminal;
  }, signal);
}

/** Where a step ended the session, what it exported is gone with it: then the run's own variables are what there is. */
export async function shellEnvironment(
  context: RunContext,
  box: Box,
  before?: ReadonlyMap<string, string>,
): Promise<string[]> {
  const variables = box.session.ready
    ? await sessionEnvironment(context, box)
    : (before ?? runVariables(box));
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/** As a fresh session would have them: a value may be built on those before it. */
function runVariables({ plan, told }: Box): Map<string, string> {
  const values = new Map(
    told.map((entry): [string, string] => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  for (const { name, value, expand } of plan.environment) {
    values.set(name, expand ? interpolate(value, (other) => values.get(other)) : value);
  }
  return values;
}
