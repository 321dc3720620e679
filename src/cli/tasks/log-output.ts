import { StringDecoder } from 'node:string_decoder';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

export interface LogOutput {
  write(bytes: Uint8Array, runId: number): Promise<void>;
  /** What was held back of a character that was never completed. */
  end(runId: number): Promise<void>;
}

/**
 * Where a task's log goes: to standard output, as it is; in lines of JSON under `--output json`. It waits for a reader
 * that is slow; one that left has seen enough, which is no failure: `slipway task log TASK | head`.
 *
 * @param onLeft - called once when the reader has left; what comes then goes nowhere
 */
export function createLogOutput(context: CommandContext, taskId: string, onLeft?: () => void): LogOutput {
  const { stdout } = context;
  let hasLeft = false;
  const leave = (): void => {
    hasLeft = true;
    onLeft?.();
  };
  const send = async (data: string | Uint8Array): Promise<void> => {
    if (hasLeft) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stdout.write(data, (error) => {
      if (!error) return resolve();
      if (!('code' in error && error.code === 'EPIPE')) return reject(error);
      leave();
      resolve();
    });
    await promise;
  };
  if (!wantsJson(context)) return { write: (bytes) => send(bytes), end: () => Promise.resolve() };
  const decoder = new StringDecoder('utf8');
  const line = async (text: string, runId: number): Promise<void> => {
    if (text !== '') await send(commandLine('task-log', { taskId, runId, text }));
  };
  return {
    write: (bytes, runId) => line(decoder.write(Buffer.from(bytes)), runId),
    end: (runId) => line(decoder.end(), runId),
  };
}
