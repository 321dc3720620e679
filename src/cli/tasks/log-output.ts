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
 * that is slow.
 */
export function createLogOutput(context: CommandContext, taskId: string): LogOutput {
  const { stdout } = context;
  const send = (data: string | Uint8Array): Promise<void> =>
    new Promise((done, failed) => stdout.write(data, (error) => (error ? failed(error) : done())));
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
