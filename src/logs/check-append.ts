import { LogError, type LogSize } from './log-store.ts';

interface Append {
  readonly name: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What is there. */
  readonly log: LogSize & { readonly exists: boolean };
  readonly limitBytes: number;
}

/** What of the bytes is to be written behind what is there; `undefined`: nothing. Throws `LogError` as `append` does. */
export function checkAppend({ name, offset, bytes, log, limitBytes }: Append): Uint8Array | undefined {
  const { exists, sizeBytes, hasEnded } = log;
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`no offset: ${offset}`);
  if (hasEnded) throw new LogError('ENDED', `The log ${name} has ended, with ${sizeBytes} bytes`);
  if (offset > sizeBytes) {
    throw new LogError('GAP', `The log ${name} has ${sizeBytes} bytes: nothing can begin at byte ${offset}`);
  }
  const fresh = bytes.subarray(Math.min(bytes.length, sizeBytes - offset));
  if (sizeBytes + fresh.length > limitBytes) {
    throw new LogError('TOO_LARGE', `The log ${name} is full: a log may have ${limitBytes} bytes`);
  }
  return fresh.length === 0 && exists ? undefined : fresh;
}
