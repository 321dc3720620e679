import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { RUNNER_DOWNLOAD_SERVER_FLAGS } from './flags.ts';

const SHARED = ['version', 'man', 'completion'];

/** The commands of `runner-download`, the name that wercker's download service had. */
export const RUNNER_DOWNLOAD_COMMANDS: readonly Command[] = [
  {
    name: 'server',
    maxArguments: 0,
    about: 'serve artifacts for download until it is stopped',
    flags: RUNNER_DOWNLOAD_SERVER_FLAGS,
    examples: [
      'runner-download server --port 8091',
      'runner-download --debug server --root /srv/artifacts',
      'runner-download server --certfile cert.pem --keyfile key.pem',
    ],
    load: async () => (await import('./commands/download-server.ts')).runnerDownloadServer,
  },
  ...COMMANDS.filter(({ name }) => SHARED.includes(name)).map((command) => ({
    ...command,
    examples: command.examples.map((example) => example.replace(/\bslipway\b/g, 'runner-download')),
  })),
];
