import { StringDecoder } from 'node:string_decoder';
import type { CommandContext } from '../command.ts';
import { wantsJson } from './open-outputs.ts';
import { createTerminalText } from './terminal-text.ts';

export interface LogOutput<Of extends unknown[] = []> {
  write(bytes: Uint8Array, ...of: Of): Promise<void>;
  /** What was held back of a character that was never completed. */
  end(...of: Of): Promise<void>;
}

export interface LogOutputOptions<Of extends unknown[]> {
  /** The line of JSON that some text becomes. */
  readonly line: (text: string, ...of: Of) => string;
  /** Called once when the reader has left; what comes then goes nowhere. */
  readonly onLeft?: (() => void) | undefined;
}

/**
 * Where a log goes: to standard output, as it is, or as a terminal may be given it; in lines of JSON under `--output json`. It waits for a reader that is slow;
 * one that left has seen enough, which is no failure: `slipway task log TASK | head`.
 */
export function openLogOutput<Of extends unknown[] = []>(
  context: CommandContext,
  { line, onLeft }: LogOutputOptions<Of>,
): LogOutput<Of> {
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
  const decoder = new StringDecoder('utf8');
  if (!wantsJson(context)) {
    if (!stdout.isTTY) return { write: (bytes, ..._of) => send(bytes), end: () => Promise.resolve() };
    const safe = createTerminalText();
    return {
      write: (bytes, ..._of) => send(safe.of(decoder.write(Buffer.from(bytes)))),
      end: (..._of) => send(safe.of(decoder.end()) + safe.end()),
    };
  }
  const sendLine = async (text: string, of: Of): Promise<void> => {
    if (text !== '') await send(line(text, ...of));
  };
  return {
    write: (bytes, ...of) => sendLine(decoder.write(Buffer.from(bytes)), of),
    end: (...of) => sendLine(decoder.end(), of),
  };
}
