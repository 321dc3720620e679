import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { type LogOutput, openLogOutput } from '../render/log-output.ts';

/**
 * Where a build's log goes.
 *
 * @param onLeft - called once when the reader has left; what comes then goes nowhere
 */
export const openImageLog = (context: CommandContext, buildId: string, onLeft?: () => void): LogOutput =>
  openLogOutput(context, { line: (text) => commandLine('image-build-log', { buildId, text }), onLeft });
