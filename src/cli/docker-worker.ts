import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { DOCKER_WORKER_FLAGS, WORKER_FLAGS } from './flags/worker.ts';

const SHARED = ['version', 'man', 'completion'];

/** `docker-worker [options] PROFILE`, as it was called from the middle of 2014 on. */
export const DOCKER_WORKER: Command = {
  name: 'run',
  arguments: 'PROFILE',
  maxArguments: 1,
  about: 'claim tasks and run them, with the settings of a profile, until it is stopped',
  flags: DOCKER_WORKER_FLAGS,
  examples: [
    'docker-worker --host worker-runner production',
    'docker-worker --provisioner-id local --worker-type docker --worker-group here --worker-id one test',
  ],
  load: async () => (await import('./commands/worker-start.ts')).dockerWorker,
};

/** The commands of `docker-worker`, the name that Taskcluster's worker had. */
export const DOCKER_WORKER_COMMANDS: readonly Command[] = [
  {
    name: 'start',
    maxArguments: 0,
    about: 'claim tasks and run them until it is stopped, with the options of 2014',
    flags: WORKER_FLAGS,
    examples: [
      'docker-worker start --provisioner-id local --worker-type docker --worker-group here --worker-id one',
    ],
    load: async () => (await import('./commands/worker-start.ts')).dockerWorkerStart,
  },
  DOCKER_WORKER,
  ...COMMANDS.filter(({ name }) => SHARED.includes(name)).map((command) => ({
    ...command,
    examples: command.examples.map((example) => example.replace(/\bslipway\b/g, 'docker-worker')),
  })),
];
