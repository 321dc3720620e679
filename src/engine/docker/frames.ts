import type { OutputFrame } from '../engine.ts';
import { EngineError } from '../error.ts';

/** Type, three zeroes, length of the payload in big endian. */
const HEADER_BYTES = 8;

/**
 * Takes the engine's framing off a stream that carries standard output and standard error. Frames may be cut at any
 * place; their payload is passed on as it comes, so that a huge frame costs no memory.
 *
 * Throws `PROTOCOL` on what is no frame, `UNREACHABLE` when the stream ends inside one.
 */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  doing: string,
): AsyncGenerator<OutputFrame, void> {
  let header = Buffer.alloc(0);
  let stream: OutputFrame['stream'] = 'stdout';
  let missingBytes = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      if (missingBytes === 0) {
        const taken = HEADER_BYTES - header.length;
        header = Buffer.concat([header, rest.subarray(0, taken)]);
        rest = rest.subarray(taken);
        if (header.length < HEADER_BYTES) continue;
        stream = streamOf(header, doing);
        missingBytes = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      } else {
        const bytes = rest.subarray(0, missingBytes);
        rest = rest.subarray(bytes.length);
        missingBytes -= bytes.length;
        yield { stream, bytes };
      }
    }
  }
  if (missingBytes > 0 || header.length > 0) {
    throw new EngineError(
      'UNREACHABLE',
      `cannot ${doing}: the connection to the engine broke off inside a frame`,
    );
  }
}

/** 0 is standard input, echoed; 3 is the engine's own complaint. Both belong with what the container prints. */
function streamOf(header: Buffer, doing: string): OutputFrame['stream'] {
  const [type = 0, ...zeroes] = header.subarray(0, 4);
  if (type > 3 || zeroes.some((byte) => byte !== 0)) {
    throw new EngineError(
      'PROTOCOL',
      `cannot ${doing}: the engine sent something that is no frame of output`,
    );
  }
  return type < 2 ? 'stdout' : 'stderr';
}
