import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { sessionOutput } from './session-output.ts';

/**
 * The variables that the box's session exports at this moment, byte for byte: what the kernel gave to a process that the
 * session started. No shell's way of printing its variables is read, and `env -0` is not needed, which not every box
 * has. Safe to repeat. Throws `RunError` where the box cannot say.
 */
export async function sessionEnvironment(
  context: RunContext,
  box: Box,
): Promise<ReadonlyMap<string, string>> {
  const answer = await sessionOutput(context, box, 'command cat /proc/self/environ');
  const variables = parseEnvironment(answer);
  if (variables.size > 0) return variables;
  throw new RunError({
    reason: 'box',
    message: 'the box does not say what its steps exported: `cat /proc/self/environ` printed nothing there',
    hint: 'write `disable-sync: true` to do without',
  });
}

/** The shell's own names for what goes on, and functions that it exports, are no variables of the steps. */
const isStepVariable = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.startsWith('__slipway_');

function parseEnvironment(bytes: Buffer): Map<string, string> {
  const entries = bytes
    .toString('utf8')
    .split('\0')
    .map((entry): [string, string] => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, Math.max(equals, 0)), entry.slice(equals + 1)];
    });
  return new Map(entries.filter(([name]) => isStepVariable(name)));
}
