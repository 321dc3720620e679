import { setTimeout as delay } from 'node:timers/promises';
import type { ExecuteOptions, ExecuteResult } from '../engine.ts';
import { requestJson } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { field, type Json, optional, readFlag, readNumber, readText } from './json.ts';
import { path } from './path.ts';
import { openStream, streamFrames } from './stream.ts';

const OUTPUT_LIMIT_BYTES = 1024 * 1024;

export async function execute(api: ApiClient, id: string, options: ExecuteOptions): Promise<ExecuteResult> {
  const { command, user, signal } = options;
  const call = {
    method: 'POST',
    doing: `run ${command[0] ?? 'nothing'} in the container ${id}`,
    signal,
  } as const;
  const json = { Cmd: command, User: user, AttachStdout: true, AttachStderr: true };
  const created = await requestJson(api, { ...call, path: path`/containers/${id}/exec`, json });
  const execution = readText(field(created, 'Id'));
  const start = { ...call, path: path`/exec/${execution}/start`, json: { Detach: false, Tty: false } };
  const output = await gather(api, start);
  return {
    output,
    exitCode: await exitCode(api, { ...call, method: 'GET', path: path`/exec/${execution}/json` }),
  };
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

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 250;

/**
 * The engine closes the output a moment before it notes the end, and long before it when the process closed its own
 * output. There is nothing to wait on for one process, so this asks again after growing pauses.
 */
async function exitCode(api: ApiClient, call: Call): Promise<number> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const state = await requestJson(api, call);
    const code = readEnd(state);
    if (code !== undefined) return code;
    await delay(pauseMs, undefined, { signal: call.signal }).catch((cause: unknown) => {
      throw api.explain(cause, call);
    });
  }
}

function readEnd(state: Json): number | undefined {
  return readFlag(field(state, 'Running')) ? undefined : optional(field(state, 'ExitCode'), readNumber);
}
