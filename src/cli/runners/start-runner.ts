import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf } from '../../kernel/index.ts';
import { CommandError } from '../command-error.ts';
import { type RunnerRecord, removeRecord, writeRecord } from './records.ts';
import type { RunnerRequest } from './runner-request.ts';

export interface StartedRunner {
  readonly record: RunnerRecord;
  readonly process: ChildProcess;
}

/** The command line of the worker behind one runner: this program again. */
function workerWords(request: RunnerRequest, name: string): string[] {
  const [provisionerId = '', workerType = ''] = request.queue.split('/');
  return [
    ...['worker', 'start', '--root-url', request.rootUrl],
    ...['--provisioner-id', provisionerId, '--worker-type', workerType],
    ...['--worker-group', request.group, '--worker-id', name],
    ...['--capacity', String(request.capacity)],
    ...(request.storePath === undefined ? ['--store-oci'] : ['--store-path', request.storePath]),
    ...(request.downloadUrl === undefined ? [] : ['--download-url', request.downloadUrl]),
  ];
}

function workerEnvironment(request: RunnerRequest, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { token } = request;
  if (token === undefined) return { ...environment, SLIPWAY_PROGRAM: 'slipway' };
  const clientId = environment['TASKCLUSTER_CLIENT_ID'] || `runner/${request.base}`;
  return {
    ...environment,
    SLIPWAY_PROGRAM: 'slipway',
    TASKCLUSTER_CLIENT_ID: clientId,
    TASKCLUSTER_ACCESS_TOKEN: token,
  };
}

export interface StartOptions {
  readonly request: RunnerRequest;
  readonly name: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the records. */
  readonly folder: string;
}

/**
 * Starts one runner and notes it down. One that is left alone writes what it says to a file; otherwise its standard output is
 * there to be read.
 */
export async function startRunner({
  request,
  name,
  environment,
  folder,
}: StartOptions): Promise<StartedRunner> {
  const main = process.argv[1];
  if (main === undefined) throw new Error('a program without a file cannot start itself');
  const logFolder = request.logPath ?? (request.wait ? undefined : folder);
  const logFile = logFolder === undefined ? undefined : join(logFolder, `${name}.log`);
  if (logFolder !== undefined) await mkdir(logFolder, { recursive: true });
  await using log = logFile === undefined || request.wait ? undefined : await open(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [...process.execArgv, main, ...workerWords(request, name)], {
    env: workerEnvironment(request, environment),
    detached: !request.wait,
    stdio: ['ignore', log?.fd ?? 'pipe', log?.fd ?? 'pipe'],
  });
  await Promise.race([once(child, 'spawn'), failed(child, name)]);
  const { pid } = child;
  if (pid === undefined) throw new Error('a process that was started has an id');
  const record: RunnerRecord = {
    name,
    base: request.base,
    group: request.group,
    queue: request.queue,
    rootUrl: request.rootUrl,
    pid,
    owner: ownerOf(pid),
    startedAt: Date.now(),
    ...(request.storePath !== undefined && { storePath: request.storePath }),
    ...(logFile !== undefined && { logFile }),
  };
  await writeRecord(folder, record);
  child.once('exit', () => void removeRecord(folder, name).catch(() => {})); // `status` removes it otherwise
  return { record, process: child };
}

async function failed(child: ChildProcess, name: string): Promise<never> {
  const [error] = await once(child, 'error');
  throw new CommandError(`the runner ${name} could not be started: ${(error as Error).message}`); // what `error` gives
}
