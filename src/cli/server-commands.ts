import type { Command } from './command.ts';
import { BACKUP_FLAGS, RESTORE_FLAGS } from './flags/backup.ts';
import { SERVER_FLAGS } from './flags/server.ts';

/** The commands that operate a server, in the order of help. */
export const SERVER_COMMANDS: readonly Command[] = [
  {
    name: 'doctor',
    maxArguments: 0,
    about: 'look at all that a server needs, and say what to do where something is wrong',
    flags: SERVER_FLAGS,
    examples: ['slipway doctor', 'slipway doctor --host :: --with-worker --output json'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'backup',
    arguments: 'FILE|-',
    maxArguments: 1,
    about: 'write all that a server keeps to one file, while it goes on',
    flags: BACKUP_FLAGS,
    examples: [
      'slipway backup slipway.tar',
      'slipway backup - --root-url https://build.example.com | zstd > slipway.tar.zst',
      'slipway backup slipway.tar --offline',
    ],
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'restore',
    arguments: 'FILE|-',
    maxArguments: 1,
    about: 'put a backup back as a data folder, checked',
    flags: RESTORE_FLAGS,
    examples: ['slipway restore slipway.tar', 'slipway restore slipway.tar --to /srv/slipway'],
    load: async () => (await import('./commands/restore.ts')).restore,
  },
];
