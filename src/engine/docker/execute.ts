import type { ExecuteOptions, ExecuteResult } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { ApiClient, Call } from './api-client.ts';
import { createExecution, waitForExecution } from './execution.ts';
import { path } from './path.ts';
import { openStream, streamFrames } from './stream.ts';

const OUTPUT_LIMIT_BYTES = 1024 * 1024;

export async function execute(api: ApiClient, id: string, options: ExecuteOptions): Promise<ExecuteResult> {
  const { command, signal } = options;
  const call = { doing: `run ${command[0] ?? 'nothing'} in the container ${id}`, signal } as const;
  const streams = { AttachStdout: true, AttachStderr: true };
  const execution = await createExecution(api, id, options, { ...call, streams });
  const json = { Detach: false, Tty: false };
  const output = await gather(api, {
    ...call,
    method: 'POST',
    path: path`/exec/${execution}/start`,
    json,
  });
  // The engine closes the output a moment before it notes the end, and long before where the process closed it itself.
  const end = await waitForExecution(api, execution, call, ({ exitCode }) => exitCode !== undefined);
  if (end?.exitCode !== undefined) return { output, exitCode: end.exitCode };
  throw new EngineError('NOT_FOUND', `cannot ${call.doing}: the container is gone`);
}

/** Reads on beyond the limit: a process whose output nobody takes would not end. */
async function gather(api: ApiClient, call: Call): Promise<Buffer> {
  const socket = await openStream(api, call);
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const { bytes } of streamFrames(api, socket, call)) {
    const kept = bytes.subarray(0, OUTPUT_LIMIT_BYTES - sizeBytes);
    sizeBytes += kept.length;
    if (kept.length > 0) pieces.push(kept);
  }
  return Buffer.concat(pieces);
}
