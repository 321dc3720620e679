import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { serve } from './download-server.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { createRig, type Rig, type Running } from './rig.ts';

/** A process of the fleet, which may be killed and started again under its name. */
export interface Member {
  readonly name: string;
  readonly process: Running['process'];
  /** Kills it as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it works. */
  start(): Promise<void>;
}

/** Real servers that share a PostgreSQL and a folder of objects, behind one address, and real workers of their queue. */
export interface ManyServers extends AsyncDisposable {
  readonly rootUrl: string;
  readonly queue: QueueClient;
  readonly postgres: Postgres;
  readonly servers: readonly Member[];
  readonly workers: readonly Member[];
  /** What a process said, by its name. */
  logOf(name: string): string;
}

export interface ManyServersOptions {
  readonly servers: number;
  readonly workers: number;
  readonly claimTimeout: string;
}

/** Starts them all. */
export async function startManyServers(options: ManyServersOptions): Promise<ManyServers> {
  await using opened = new AsyncDisposableStack();
  const postgres = opened.use(await startPostgres());
  const rig = opened.use(createRig());
  const balancer = opened.use(await startBalancer());
  rig.write('slipway.yml', `store: { type: folder, folder: ${join(rig.folder, 'objects')} }\n`);
  mkdirSync(join(rig.folder, 'objects'));
  const logs = new Map<string, string>();
  const ports = new Map<string, number>();
  const start = { ...{ rig, logs, ports, balancer, options }, databaseUrl: postgres.createDatabase() };
  const servers = names('server', options.servers).map((name) =>
    member(name, () => startServer(name, start)),
  );
  await Promise.all(servers.map((each) => each.start()));
  const workers = names('worker', options.workers).map((name) =>
    member(name, () => startWorker(name, start)),
  );
  opened.defer(() => endAll(workers));
  await Promise.all(workers.map((each) => each.start()));
  const queue = opened.use(openQueueClient({ rootUrl: balancer.url, retries: 12 }));
  const all = opened.move();
  return {
    ...{ rootUrl: balancer.url, queue, postgres, servers, workers },
    logOf: (name) => logs.get(name) ?? '',
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Start {
  readonly rig: Rig;
  readonly logs: Map<string, string>;
  readonly ports: Map<string, number>;
  readonly balancer: Balancer;
  readonly options: ManyServersOptions;
  readonly databaseUrl: string;
}

const names = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${what}-${i + 1}-${process.pid}`);

function member(name: string, start: () => Promise<Running>): Member {
  let running: Running | undefined;
  const now = (): Running => {
    if (running === undefined) throw new Error(`${name} was not started`);
    return running;
  };
  return {
    name,
    get process() {
      return now().process;
    },
    async kill() {
      now().process.kill('SIGKILL');
      await now().finished;
    },
    async start() {
      running = await start();
    },
  };
}

const environmentOf = (name: string, { rig }: Start): Record<string, string> => ({
  SLIPWAY_CONFIG: join(rig.folder, 'slipway.yml'),
  SLIPWAY_DATA_DIR: join(rig.folder, name),
});

function note(name: string, running: Running, { logs }: Start): Running {
  const add = (piece: string): void => void logs.set(name, (logs.get(name) ?? '') + piece);
  running.process.stderr?.on('data', add);
  running.process.stdout?.on('data', add);
  return running;
}

async function startServer(name: string, start: Start): Promise<Running> {
  const { rig, ports, balancer, options, databaseUrl } = start;
  const words = ['server', '--port', '0', '--builder', 'off', '--claim-timeout', options.claimTimeout];
  const environment = { ...environmentOf(name, start), DATABASE_URL: databaseUrl };
  const { url, running } = await serve(rig, [...words, '--output', 'json'], { environment });
  ports.set(name, Number(new URL(url).port));
  balancer.lead([...ports.values()]);
  return note(name, running, start);
}

async function startWorker(name: string, start: Start): Promise<Running> {
  const { rig, balancer } = start;
  const who = ['--queue', 'local/docker', '--worker-group', 'test', '--worker-id', name];
  const words = [
    'worker',
    'start',
    '--root-url',
    balancer.url,
    ...who,
    '--capacity',
    '2',
    '--output',
    'json',
  ];
  const running = note(name, rig.start(words, { environment: environmentOf(name, start) }), start);
  await running.waitFor('"type":"start"');
  return running;
}

/** In order, so that they take what they made with them. */
async function endAll(workers: readonly Member[]): Promise<void> {
  await Promise.all(
    workers.map(async ({ process }) => {
      if (process.exitCode !== null || process.signalCode !== null) return;
      const ended = new Promise((resolve) => process.once('close', resolve));
      process.kill('SIGCONT');
      process.kill('SIGTERM');
      await ended;
    }),
  );
}
