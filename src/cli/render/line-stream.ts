import { Writable } from 'node:stream';
import { waitForDrain } from './drain.ts';
import type { OutputStream } from './output-stream.ts';

const LF = 0x0a;
/** A line that is longer is passed on in pieces, each of them with the prefix. */
const MAX_LINE_BYTES = 64 * 1024;

/**
 * A stream whose lines go to another stream whole and with a prefix, so that several may write to that one at a time.
 * A line that is not at its end yet is held back until it is, or until the stream ends.
 */
export function prefixLines(target: OutputStream, prefix: string): Writable {
  const head = Buffer.from(prefix);
  let held = Buffer.alloc(0);

  async function put(lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const pieces = lines.flatMap((line) =>
      line.at(-1) === LF ? [head, line] : [head, line, Buffer.from('\n')],
    );
    if (!target.write(Buffer.concat(pieces))) await waitForDrain(target);
  }

  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { lines, rest } = splitLines(held.length === 0 ? chunk : Buffer.concat([held, chunk]));
      held = Buffer.from(rest);
      put(lines).then(() => done(), done);
    },
    final(done) {
      put(held.length === 0 ? [] : [held]).then(() => done(), done);
      held = Buffer.alloc(0);
    },
  });
}

function splitLines(bytes: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, from)) {
    lines.push(bytes.subarray(from, at + 1));
    from = at + 1;
  }
  while (bytes.length - from > MAX_LINE_BYTES) {
    lines.push(bytes.subarray(from, from + MAX_LINE_BYTES));
    from += MAX_LINE_BYTES;
  }
  return { lines, rest: bytes.subarray(from) };
}
