import type { Command } from './command.ts';
import { RUNNER_CONFIGURE_FLAGS, RUNNER_FLAGS, RUNNER_START_FLAGS } from './flags/runner.ts';

/** The runners that wercker's users start on machines of their own: workers of the queue, by their old names. */
export const RUNNER_COMMAND: Command = {
  name: 'runner',
  short: 'run',
  maxArguments: 0,
  about: 'start and stop workers of the queue on this machine, by name',
  flags: RUNNER_FLAGS,
  examples: ['slipway runner start --all --runners 2 --nowait', 'slipway runner status'],
  subcommands: [
    {
      name: 'runner start',
      maxArguments: 0,
      about: 'start runners, and show what they say until they end',
      flags: RUNNER_START_FLAGS,
      examples: [
        'slipway runner start --all',
        'slipway runner start --all --name ci --runners 2 --nowait --storepath /srv/wercker --logpath /var/log/wercker',
      ],
      load: async () => (await import('./commands/runner-start.ts')).runnerStart,
    },
    {
      name: 'runner stop',
      maxArguments: 0,
      about: 'end runners; what they run goes back to the queue',
      flags: RUNNER_FLAGS,
      examples: ['slipway runner stop', 'slipway runner stop --name ci'],
      load: async () => (await import('./commands/runner-stop.ts')).runnerStop,
    },
    {
      name: 'runner status',
      maxArguments: 0,
      about: 'list the runners that run',
      flags: RUNNER_FLAGS,
      examples: ['slipway runner status'],
      load: async () => (await import('./commands/runner-status.ts')).runnerStatus,
    },
    {
      name: 'runner configure',
      maxArguments: 0,
      about: 'look whether a runner could work here',
      flags: RUNNER_CONFIGURE_FLAGS,
      examples: ['slipway runner configure'],
      load: async () => (await import('./commands/runner-configure.ts')).runnerConfigure,
    },
  ],
  load: async () => (await import('./commands/runner-status.ts')).runnerStatus,
};
