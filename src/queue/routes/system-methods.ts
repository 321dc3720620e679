import { NothingAnswer, PingAnswer, VersionAnswer } from '../../queue-api/schema/index.ts';
import { method } from './queue-context.ts';

const nothing = async () => ({});

/** Whether the service is there. */
export const SYSTEM_METHODS = [
  method({
    name: 'ping',
    verb: 'GET',
    path: '/ping',
    about: 'says that the service is there',
    output: PingAnswer,
    handle: async (_call, { now, startedAt }) => ({ alive: true, uptime: (now() - startedAt) / 1000 }),
  }),
  method({
    name: 'lbheartbeat',
    verb: 'GET',
    path: '/__lbheartbeat__',
    about: 'says that the service is there, to a load balancer',
    output: NothingAnswer,
    handle: nothing,
  }),
  method({
    name: 'heartbeat',
    verb: 'GET',
    path: '/__heartbeat__',
    about: 'says that the service is there',
    output: NothingAnswer,
    handle: nothing,
  }),
  method({
    name: 'version',
    verb: 'GET',
    path: '/__version__',
    about: 'says which program this is',
    output: VersionAnswer,
    handle: async (_call, { version }) => ({ source: 'slipway', version, commit: '', build: '' }),
  }),
];
