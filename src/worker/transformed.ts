import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Bytes on their way through a transformation. Who stops to read lets go of the source. Throws what either of them throws.
 */
export async function* transformed(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Buffer, void> {
  // What fails comes out of the transformation itself too, below.
  const feeding = pipeline(source, transform).catch(() => undefined);
  try {
    yield* transform;
  } finally {
    transform.destroy();
    await feeding;
  }
}
