import { EngineError } from '../error.ts';
import { type Json, parseJson } from './json.ts';

/** Progress lines have a few hundred bytes; the longest errors, some thousand. */
const LINE_LIMIT_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** The documents of a stream that has one on each line. Throws `PROTOCOL` for a line that is none, or is too long. */
export async function* readJsonLines(
  chunks: AsyncIterable<Buffer>,
  doing: string,
  limitBytes = LINE_LIMIT_BYTES,
): AsyncGenerator<Json, void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield* parseLine([...begun, chunk.subarray(start, end)], doing);
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > limitBytes) {
      throw new EngineError(
        'PROTOCOL',
        `cannot ${doing}: the engine sent a line of more than ${limitBytes} bytes`,
      );
    }
  }
  yield* parseLine(begun, doing);
}

function* parseLine(pieces: readonly Buffer[], doing: string): Generator<Json, void> {
  const line = Buffer.concat(pieces).toString().trim();
  if (line !== '') yield parseJson(line, doing);
}
