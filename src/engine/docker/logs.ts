import { bodyChunks, request } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { readFrames } from './frames.ts';
import { path, query } from './path.ts';

/** A container can print lines of any length; of the last ones this much is kept. */
const LOGS_LIMIT_BYTES = 16 * 1024 * 1024;

export async function readLogs(api: ApiClient, id: string, tailLines: number): Promise<Buffer> {
  const call = {
    method: 'GET',
    path: path`/containers/${id}/logs` + query({ stdout: true, stderr: true, tail: tailLines }),
    doing: `read the log of the container ${id}`,
  } as const;
  const response = await request(api, call);
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const { bytes } of readFrames(bodyChunks(api, call, response), call.doing)) {
    sizeBytes += pieces.push(bytes) && bytes.length;
    while (sizeBytes > LOGS_LIMIT_BYTES) sizeBytes -= pieces.shift()?.length ?? sizeBytes;
  }
  return Buffer.concat(pieces);
}
