import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Mount } from '../engine.ts';
import { EngineError } from '../error.ts';
import { type HostTools, isRoot } from './host-tools.ts';
import { LAUNCH_SCRIPT } from './launch-script.ts';
import { hostPath } from './root-path.ts';
import type { User } from './users.ts';

const READY = 'ok\n';

/** What one run of a container consists of. */
export interface Launch {
  readonly tools: HostTools;
  /** Has `root`, and the pipes `stdin`, `stdout` and `stderr`. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: User;
  readonly mounts: readonly Mount[];
  /** Where it starts, as the container sees it. */
  readonly workingDir: string;
}

export interface Launched {
  /** Ends with the container, and as it ended. */
  readonly child: ChildProcess;
  /** The container's process 1, in this machine's numbers. */
  readonly processId: number;
}

/** Starts process 1 of a container in namespaces of its own. Throws `START_FAILED`. */
export async function launch(options: Launch): Promise<Launched> {
  const child = spawn(options.tools.setpriv, await launchArguments(options), {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: options.environment,
  });
  child.on('error', () => {});
  const report = await readReport(child);
  if (report !== READY) throw new EngineError('START_FAILED', `cannot start the container: ${report.trim()}`);
  return { child, processId: await firstProcess(child) };
}

async function launchArguments({ workingDir, ...launch }: Launch): Promise<string[]> {
  const { tools, folder, mounts, user, command } = launch;
  const root = `${folder}/root`;
  const start = await hostPath({ root, mounts: [] }, workingDir, true);
  const targets = await Promise.all(mounts.map(({ target }) => hostPath({ root, mounts: [] }, target, true)));
  const mountArguments = mounts.flatMap(({ source, readOnly }, index) => [
    source,
    targets[index] ?? root,
    readOnly ? 'ro' : 'rw',
  ]);
  const asUser = isRoot() ? ['--setuid', String(user.uid), '--setgid', String(user.gid)] : [];
  return [
    // Containers end with this process, however it ends.
    ...['--pdeathsig', 'KILL', tools.unshare, '--mount', '--pid', '--fork', '--kill-child'],
    ...(isRoot() ? [] : ['--user', '--map-root-user']),
    ...[tools.busybox, 'sh', '-c', LAUNCH_SCRIPT, 'launch', folder, tools.busybox, ...mountArguments, '--'],
    ...[tools.nsenter, `--root=${root}`, `--wd=${start}`, ...asUser, '--', ...command],
  ];
}

/** What is said on descriptor 3: that all is ready, or until its end what is not. `unshare` keeps it open. */
async function readReport({ stdio: [, , , stream] }: ChildProcess): Promise<string> {
  let report = '';
  if (!(stream instanceof Readable)) return 'its launcher could not run';
  for await (const piece of stream) {
    report += String(piece);
    if (report === READY) break;
  }
  return report;
}

/** The launcher has the container's first process as its only child. */
async function firstProcess({ pid = 0 }: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return Number(children.trim().split(' ')[0] ?? 0);
}
