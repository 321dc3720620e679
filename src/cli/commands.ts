import type { Command } from './command.ts';
import { BUILD_FLAGS, CLEAN_FLAGS, DEPLOY_FLAGS } from './flags.ts';

/** Every command, in the order of help. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'build',
    short: 'b',
    arguments: '[TARGET]',
    maxArguments: 1,
    about: 'run the build pipeline of a folder or of a tarball URL in containers',
    flags: BUILD_FLAGS,
    examples: ['slipway build', 'slipway build ./app --artifacts --pipeline test'],
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    name: 'deploy',
    short: 'd',
    arguments: '[TARGET]',
    maxArguments: 1,
    about: "run the deploy pipeline, on a project or on a build's output",
    flags: DEPLOY_FLAGS,
    examples: ['slipway deploy .wercker/latest/output --deploy-target staging'],
    load: async () => (await import('./commands/build.ts')).deploy,
  },
  {
    name: 'check-config',
    maxArguments: 0,
    about: 'say everything that is wrong in wercker.yml',
    flags: BUILD_FLAGS,
    examples: ['slipway check-config', 'slipway check-config --wercker-yml ci/wercker.yml'],
    load: async () => (await import('./commands/check-config.ts')).checkConfig,
  },
  {
    name: 'clean',
    maxArguments: 0,
    about: 'remove containers, networks and temporary folders of runs whose process is gone',
    flags: CLEAN_FLAGS,
    examples: ['slipway clean', 'slipway clean --all'],
    load: async () => (await import('./commands/clean.ts')).clean,
  },
  {
    name: 'version',
    short: 'v',
    maxArguments: 0,
    about: 'show the version',
    flags: [{ name: 'json', about: 'the same as --output json' }],
    examples: ['slipway version', 'slipway --version'],
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'completion',
    arguments: 'SHELL',
    maxArguments: 1,
    about: 'print the completion script for bash, zsh or fish',
    flags: [],
    examples: ['slipway completion bash >/etc/bash_completion.d/slipway'],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];

/** Commands of the original that are not here yet, so that nobody takes them for a slip of the pen. */
export const LATER_COMMANDS: readonly string[] = [
  'dev',
  'workflow',
  'detect',
  'login',
  'logout',
  'pull',
  'doc',
  'docker',
  'step',
  'runner',
];
