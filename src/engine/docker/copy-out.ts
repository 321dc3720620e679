import { bodyChunks, expectFine, readRefusal } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { closeable } from './closeable.ts';
import type { CopyTarget } from './copy-in.ts';
import { refusalError } from './errors.ts';
import { path, query } from './path.ts';

export async function copyOut(
  api: ApiClient,
  target: CopyTarget,
): Promise<AsyncIterable<Buffer> | undefined> {
  const call = {
    method: 'GET',
    path: path`/containers/${target.id}/archive` + query({ path: target.path }),
    doing: `copy ${target.path} out of the container ${target.id}`,
    signal: target.signal,
  } as const;
  const response = await api.send(call);
  if (response.statusCode === 404) {
    const refusal = await readRefusal(api, call, response);
    // One status for two things: the container is absent, or there is nothing at the path.
    if (/no such container|no container with/i.test(refusal.message)) throw refusalError(refusal);
    return undefined;
  }
  await expectFine(api, call, response);
  return closeable(bodyChunks(api, call, response), () => response.destroy());
}
