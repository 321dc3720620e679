import { open } from 'node:fs/promises';
import { fileError } from './error.ts';

/** The same stream, every chunk of which is in a file before it comes. Throws `NO_SPACE` or `IO`. */
export async function* teeToFile(
  stream: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const failed = (cause: unknown): never => {
    throw fileError('write', path, cause);
  };
  await using file = await open(path, 'w').catch(failed);
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at).catch(failed)).bytesWritten;
    yield chunk;
  }
}
