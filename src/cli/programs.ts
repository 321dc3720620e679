import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { DOCKER_WORKER, DOCKER_WORKER_COMMANDS } from './docker-worker.ts';
import type { Flag } from './flag.ts';
import { GLOBAL_FLAGS } from './flags.ts';
import { RUNNER_DOWNLOAD_COMMANDS } from './runner-download.ts';

/** One program by its name: what it can do, and what help, manual and completion say of it. */
export interface Program {
  /** As it was started. */
  readonly name: string;
  /** All names under which it is this program; the first one is its own. */
  readonly names: readonly [string, ...string[]];
  /** What it does: "builds and launches software in containers" */
  readonly about: string;
  readonly commands: readonly Command[];
  /** What a line is for that begins with none of the commands' names. */
  readonly otherwise?: Command;
  /** Environment variable with further words, weaker than those of the line. */
  readonly wordsVariable?: string;
  /** Flags of every command. */
  readonly globalFlags: readonly Flag[];
  readonly example: string;
  /** What exit status 1 means. */
  readonly failure: string;
}

const SLIPWAY: Omit<Program, 'name'> = {
  names: ['slipway', 'wercker'],
  about: 'builds and launches software in containers',
  commands: COMMANDS,
  globalFlags: GLOBAL_FLAGS,
  example: 'build --artifacts',
  failure:
    'A step failed, the run could not start, a file has mistakes, the run was interrupted, or a command could not do what it is for.',
};

const RUNNER_DOWNLOAD: Omit<Program, 'name'> = {
  names: ['runner-download'],
  about: 'serves artifacts for download',
  commands: RUNNER_DOWNLOAD_COMMANDS,
  globalFlags: GLOBAL_FLAGS.filter(({ name }) => ['debug', 'output', 'no-colors'].includes(name)),
  example: 'server --port 8091',
  failure: 'The service could not be started; the message says why.',
};

const DOCKER_WORKER_PROGRAM: Omit<Program, 'name'> = {
  names: ['docker-worker'],
  about: 'claims tasks of a queue and runs them in containers',
  commands: DOCKER_WORKER_COMMANDS,
  otherwise: DOCKER_WORKER,
  wordsVariable: 'DOCKER_WORKER_OPTS',
  globalFlags: GLOBAL_FLAGS.filter(({ name }) => ['debug', 'output', 'no-colors'].includes(name)),
  example: '--host worker-runner production',
  failure: 'The worker could not start, or the queue refuses it; the message says why.',
};

const OTHERS = [RUNNER_DOWNLOAD, DOCKER_WORKER_PROGRAM];

/** The program of a name; any name but the fixed ones is Slipway itself. */
export function programOf(name: string): Program {
  return { ...(OTHERS.find(({ names }) => names.includes(name)) ?? SLIPWAY), name };
}
