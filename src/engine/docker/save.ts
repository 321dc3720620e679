import { EngineError } from '../error.ts';
import { bodyChunks, expectFine, readRefusal } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { closeable } from './closeable.ts';
import { refusalError } from './errors.ts';
import { path } from './path.ts';

export async function saveImage(
  api: ApiClient,
  reference: string,
  signal?: AbortSignal,
): Promise<AsyncIterable<Buffer> | undefined> {
  const call = {
    method: 'GET',
    path: path`/images/${reference}/get`,
    doing: `save the image ${reference}`,
    signal,
  } as const;
  const response = await api.send(call);
  if (response.statusCode === 404) {
    const error = refusalError(await readRefusal(api, call, response));
    if (error.code === 'IMAGE_NOT_FOUND') return undefined;
    throw error;
  }
  await expectFine(api, call, response);
  return closeable(wholeTar(bodyChunks(api, call, response), call), () => response.destroy());
}

/** A tar ends with two empty blocks. */
const END_BYTES = 1024;

/** When something goes wrong after the first byte, the engine writes its complaint behind the others and ends. */
async function* wholeTar(chunks: AsyncIterable<Buffer>, { doing }: Call): AsyncGenerator<Buffer, void> {
  let end = Buffer.alloc(0);
  for await (const chunk of chunks) {
    end = Buffer.concat([end, chunk.subarray(-END_BYTES)]).subarray(-END_BYTES);
    yield chunk;
  }
  if (end.length === END_BYTES && end.every((byte) => byte === 0)) return;
  throw new EngineError('FAILED', `cannot ${doing}: the engine stopped before the end of the tar`);
}
