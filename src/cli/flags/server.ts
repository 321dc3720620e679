import type { Flag } from '../flag.ts';
import { DOWNLOAD_SERVER_FLAGS } from './download-server.ts';

const REPOSITORY: Flag = {
  name: 'repository',
  value: 'DIR',
  about: "repository of the artifact cache (default: this machine's own, in the data folder)",
};

const QUEUE: readonly Flag[] = [
  { name: 'tasks', on: true, about: 'have a queue of tasks' },
  {
    name: 'database-url',
    value: 'URL',
    variable: 'DATABASE_URL',
    about:
      'PostgreSQL database of the queue, which several servers may share (default: a file in the data folder)',
  },
  {
    name: 'clients',
    value: 'FILE',
    variable: 'SLIPWAY_CLIENTS',
    about: 'who may call the queue: clients with their tokens and scopes, in YAML or JSON',
  },
  {
    name: 'open',
    about:
      'let whoever does not sign do everything (default: on an address of this machine alone, without --clients)',
  },
  {
    name: 'root-url',
    value: 'URL',
    variable: 'SLIPWAY_ROOT_URL',
    about: 'how clients call this server (default: as each one does)',
  },
  {
    name: 'trust-proxy',
    about: 'believe X-Forwarded-…: a proxy is before this server, and nobody can pass it by',
  },
  {
    name: 'claim-timeout',
    value: 'TIME',
    default: '20m',
    about: 'how long a worker may be silent before its task is given to another one: 90s, 20m',
  },
];

/** `slipway server`: as for downloads, with the artifact cache and the queue, and a port of its own. */
export const SERVER_FLAGS: readonly Flag[] = [
  REPOSITORY,
  ...DOWNLOAD_SERVER_FLAGS.map((flag) => (flag.name === 'port' ? { ...flag, default: '8080' } : flag)),
  ...QUEUE,
];
