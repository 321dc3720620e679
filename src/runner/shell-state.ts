import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { sessionOutput } from './session-output.ts';
import { parseShell } from './states/parse-shell.ts';
import { printShell } from './states/print-shell.ts';
import { restoreText } from './states/restore-text.ts';
import type { ShellState } from './states/shell-state.ts';
import { SHELL_TEXT } from './states/shell-text.ts';

export type { ShellState } from './states/shell-state.ts';

/**
 * What the steps' shell holds now: variables, functions (bash only: others cannot print theirs), aliases, options, umask,
 * traps, arguments and its folder. Not in it: its processes, open descriptors and limits. Secrets are in it: it must not
 * be written anywhere without `withoutSecrets`. Throws `RunError` when the shell does not answer.
 */
export async function captureShell(context: RunContext, box: Box): Promise<ShellState> {
  const printed = await printShell(context, box);
  const text = printed ?? (await sessionOutput(context, box, SHELL_TEXT));
  return parseShell(text.toString('latin1'));
}

/**
 * Gives a fresh, initialised session what `state` holds. With `base`, the state of such a session in the run that `state`
 * is from, only what has changed since: what the host or the box gives each run anew stays as this run has it. Throws
 * `RunError` when the shell does not take it.
 */
export async function restoreShell(
  _context: RunContext,
  box: Box,
  state: ShellState,
  base?: ShellState,
): Promise<void> {
  const outcome = await box.session.run(restoreText(state, base), 'latin1');
  if (outcome.type === 'finished' && outcome.exitCode === 0) return;
  throw new RunError({
    reason: 'box',
    message: `the shell of the box did not take back its variables and functions (${outcome.type})`,
    hint: 'a state can only be used with the shell that it was kept of: look at `box` and its `cmd`',
  });
}
