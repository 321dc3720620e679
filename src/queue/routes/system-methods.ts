import { NothingAnswer, PingAnswer, VersionAnswer } from '../../queue-api/schema/index.ts';
import { methodsOf, type ServiceMethod } from '../service/index.ts';

/** What every service knows of itself. */
export interface SystemContext {
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly startedAt: number;
}

const method = methodsOf<SystemContext>();
const nothing = async () => ({});

const METHODS: readonly ServiceMethod<SystemContext>[] = [
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

/** Whether a service is there; each has these methods. */
export const systemMethods = <S extends SystemContext>(): readonly ServiceMethod<S>[] => METHODS;
