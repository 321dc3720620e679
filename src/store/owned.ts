/** Copies borrowed chunks, for readers that keep them. */
export async function* owned(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
