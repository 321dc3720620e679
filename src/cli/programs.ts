import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
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

/** The program of a name; any name but the fixed ones is Slipway itself. */
export function programOf(name: string): Program {
  return { ...(RUNNER_DOWNLOAD.names.includes(name) ? RUNNER_DOWNLOAD : SLIPWAY), name };
}
