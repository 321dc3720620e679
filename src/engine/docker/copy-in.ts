import type { ClientRequest } from 'node:http';
import { Source } from '../source.ts';
import { expectFine } from './answer.ts';
import { type ApiClient, headOf } from './api-client.ts';
import { path, query } from './path.ts';

/** Where a tar goes to. */
export interface CopyTarget {
  readonly id: string;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

export async function copyIn(
  api: ApiClient,
  target: CopyTarget,
  tar: AsyncIterable<Uint8Array>,
): Promise<void> {
  const call = {
    method: 'PUT',
    path: path`/containers/${target.id}/archive` + query({ path: target.path }),
    doing: `copy into ${target.path} of the container ${target.id}`,
    // Else the engine reads 256 KiB on before it refuses, which a slow source may take for ever to give.
    headers: { 'content-type': 'application/x-tar', expect: '100-continue' },
    signal: target.signal,
  } as const;
  const request = api.begin(call);
  const answered = headOf(request).catch((cause: unknown) => {
    throw api.explain(cause, call);
  });
  const source = new Source(tar);
  try {
    // Whichever is first: the engine may refuse before it took everything, the source may fail.
    const { response } = await Promise.race([answered, upload(request, source).then(() => answered)]);
    await expectFine(api, call, response);
    response.resume();
  } catch (error) {
    throw target.signal?.aborted ? api.explain(error, call) : error;
  } finally {
    if (!request.writableFinished) request.destroy();
    await source.close();
  }
}

/**
 * Sends a source as the body of a request, no faster than it is taken. Resolves when all is sent, or the request is
 * destroyed. Rejects with the source's own error.
 */
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
