import { setTimeout as delay } from 'node:timers/promises';
import { requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { field, type Json, optional, readFlag, readNumber, readText } from './json.ts';
import { path } from './path.ts';

/** What is to be run in a container, in the words of all who ask for it. */
export interface Execution {
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly environment?: readonly string[];
}

/** How one more process in a container is doing. */
export interface ExecutionState {
  /** Absent while it runs, and before it was started. */
  readonly exitCode?: number;
  /** 0 until it was started, for ever where it could not be. */
  readonly processId: number;
}

/** Prepares one more process in a running container; returns its id. */
export async function createExecution(
  api: ApiClient,
  id: string,
  execution: Execution,
  { streams, ...call }: Pick<Call, 'doing' | 'signal'> & { streams: object },
): Promise<string> {
  const { command, user, workingDir, environment } = execution;
  const json = { Cmd: command, User: user, WorkingDir: workingDir, Env: environment, ...streams };
  const created = await requestJson(api, {
    ...call,
    method: 'POST',
    path: path`/containers/${id}/exec`,
    json,
  });
  return readText(field(created, 'Id'));
}

/** Its state; `undefined` when the engine has forgotten it, as it does with the container. */
export async function inspectExecution(
  api: ApiClient,
  execution: string,
  call: Pick<Call, 'doing' | 'signal'>,
): Promise<ExecutionState | undefined> {
  const state = await requestJsonIfPresent(api, {
    ...call,
    method: 'GET',
    path: path`/exec/${execution}/json`,
  });
  return state && readState(state);
}

function readState(state: Json): ExecutionState {
  const running = readFlag(field(state, 'Running'));
  const exitCode = running ? undefined : optional(field(state, 'ExitCode'), readNumber);
  const processId = optional(field(state, 'Pid'), readNumber) ?? 0;
  return { processId, ...(exitCode !== undefined && { exitCode }) };
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 250;

/**
 * Asks for the state until it is as wanted, or forgotten. There is nothing to wait on for one process, so this asks
 * again after growing pauses.
 */
export async function waitForExecution(
  api: ApiClient,
  execution: string,
  call: Pick<Call, 'doing' | 'signal'>,
  isWanted: (state: ExecutionState) => boolean,
): Promise<ExecutionState | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const state = await inspectExecution(api, execution, call);
    if (!state || isWanted(state)) return state;
    await delay(pauseMs, undefined, { signal: call.signal }).catch((cause: unknown) => {
      throw api.explain(cause, call);
    });
  }
}
