import { EngineError } from '../error.ts';
import { requestDone, requestJson } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { refusalError } from './errors.ts';
import { field, optional, readNumber, readText } from './json.ts';
import { path, query } from './path.ts';

/** The engine holds its answer back until the container is not running. */
export async function waitContainer(
  api: ApiClient,
  id: string,
  signal?: AbortSignal,
): Promise<{ exitCode: number }> {
  const doing = `wait for the container ${id}`;
  const answer = await requestJson(api, {
    method: 'POST',
    path: path`/containers/${id}/wait`,
    doing,
    signal,
  });
  const exitCode = readNumber(field(answer, 'StatusCode'));
  const trouble = optional(field(answer, 'Error'), (error) => optional(field(error, 'Message'), readText));
  // With an exit code, the trouble is why the container did not start, which `startContainer` has said.
  if (trouble && exitCode < 0) throw refusalError({ status: 500, message: trouble, doing });
  return { exitCode };
}

export async function killContainer(api: ApiClient, id: string, signal: string): Promise<void> {
  const call = {
    method: 'POST',
    path: path`/containers/${id}/kill` + query({ signal }),
    doing: `send ${signal} to the container ${id}`,
  } as const;
  try {
    await requestDone(api, call, { fine: [404] });
  } catch (error) {
    // It does not run.
    if (!(error instanceof EngineError && error.code === 'CONFLICT')) throw error;
  }
}

export async function removeContainer(api: ApiClient, id: string): Promise<void> {
  const call = {
    method: 'DELETE',
    path: path`/containers/${id}` + query({ force: true, v: true }),
    doing: `remove the container ${id}`,
  } as const;
  // 409: somebody else is removing it.
  const { statusCode } = await requestDone(api, call, { fine: [404, 409] });
  if (statusCode === 409) await waitUntilGone(api, id);
}

async function waitUntilGone(api: ApiClient, id: string): Promise<void> {
  const call = {
    method: 'POST',
    path: path`/containers/${id}/wait` + query({ condition: 'removed' }),
    doing: `wait until the container ${id} is removed`,
  } as const;
  await requestDone(api, call, { fine: [404] });
}
