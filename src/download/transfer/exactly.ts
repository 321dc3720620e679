import { StoreError } from '../../store/index.ts';

/**
 * The same chunks, but for empty ones. Throws `TRUNCATED` where they end before the promised size, and `PROTOCOL` where
 * they go on after it, before anything is handed out that would be taken for the next response.
 */
export async function* exactly(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let leftBytes = sizeBytes;
  for await (const chunk of chunks) {
    leftBytes -= chunk.length;
    if (leftBytes < 0)
      throw new StoreError('PROTOCOL', `A content went on after the ${sizeBytes} bytes that it was to have`);
    if (chunk.length > 0) yield chunk;
  }
  if (leftBytes > 0)
    throw new StoreError('TRUNCATED', `A content of ${sizeBytes} bytes ended ${leftBytes} bytes early`);
}
