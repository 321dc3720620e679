import type { ClientRequest, IncomingMessage } from 'node:http';
import { Source } from '../source.ts';
import { type ApiClient, type Call, headOf } from './api-client.ts';

/**
 * Sends bytes as the body of a request, no faster than the engine takes them, and resolves with what `read` makes of the
 * answer, which may come before everything is sent. Rejects with the source's own error where that fails. However it
 * ends, the source is let go of.
 */
export async function sendBody<T>(
  api: ApiClient,
  call: Call,
  bytes: AsyncIterable<Uint8Array>,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  // Else the engine reads 256 KiB on before it refuses, which a slow source may take for ever to give.
  const headers = { 'content-type': 'application/x-tar', expect: '100-continue', ...call.headers };
  const request = api.begin({ ...call, headers });
  const answer = headOf(request).then(
    ({ response }) => read(response),
    (cause: unknown) => {
      throw api.explain(cause, call);
    },
  );
  const source = new Source(bytes);
  try {
    // Whichever is first: the engine may refuse before it took everything, the source may fail.
    return await Promise.race([answer, upload(request, source).then(() => answer)]);
  } catch (error) {
    throw call.signal?.aborted ? api.explain(error, call) : error;
  } finally {
    if (!request.writableFinished) request.destroy();
    await source.close();
  }
}

/** Resolves when all is sent, or the request is destroyed. Rejects with the source's own error. */
async function upload(request: ClientRequest, source: Source): Promise<void> {
  await goAhead(request);
  while (!request.destroyed) {
    const piece = await source.next();
    if (request.destroyed) return;
    if (piece === undefined) return void request.end();
    if (!request.write(piece)) await drained(request);
  }
}

/** As curl does: what does not know `Expect` does not answer it. */
const GO_AHEAD_LIMIT_MS = 1_000;

/** Resolves when the engine wants the body, or is done without it. */
function goAhead(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GO_AHEAD_LIMIT_MS);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    for (const event of ['continue', 'close'] as const) request.once(event, settle);
  });
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      request.off('drain', settle);
      request.off('close', settle);
      resolve();
    };
    request.on('drain', settle);
    request.on('close', settle);
  });
}
