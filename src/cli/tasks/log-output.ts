import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { type LogOutput, openLogOutput } from '../render/log-output.ts';

/**
 * Where a task's log goes.
 *
 * @param onLeft - called once when the reader has left; what comes then goes nowhere
 */
export const createLogOutput = (
  context: CommandContext,
  taskId: string,
  onLeft?: () => void,
): LogOutput<[runId: number]> =>
  openLogOutput(context, {
    line: (text, runId) => commandLine('task-log', { taskId, runId, text }),
    onLeft,
  });
