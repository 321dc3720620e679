import { expectFine } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { path, query } from './path.ts';
import { sendBody } from './upload.ts';

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
  // Podman otherwise gives all files to the container's user; with Docker this is what happens anyway.
  const call = {
    method: 'PUT',
    path: path`/containers/${target.id}/archive` + query({ path: target.path, copyUIDGID: false }),
    doing: `copy into ${target.path} of the container ${target.id}`,
    signal: target.signal,
  } as const;
  await sendBody(api, call, tar, async (response) => {
    await expectFine(api, call, response);
    response.resume();
  });
}
