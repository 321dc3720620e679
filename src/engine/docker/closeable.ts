/** A generator that was never asked for anything does not run its `finally`: here `return()` always closes. */
export function closeable(chunks: AsyncGenerator<Buffer, void>, close: () => void): AsyncIterable<Buffer> {
  const iterator: AsyncIterator<Buffer, void> = {
    next: () => chunks.next(),
    return: () => {
      close();
      return chunks.return();
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
