import { cpus, uptime } from 'node:os';
import type { Engine } from '../engine/index.ts';
import type { QueueClient } from '../queue-client/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { certificateProblem } from './features/own-server/certificate-problem.ts';
import { type Health, watchHealth } from './health/watch-health.ts';
import type { WorkerIdentity } from './identity.ts';
import { openWorkshop, type Workshop } from './open-workshop.ts';
import type { WorkerSettings } from './settings.ts';
import type { WorkerRecordWriter } from './task/task-context.ts';
import { claimLoop } from './work/claim-loop.ts';
import { errorFacts } from './work/error-facts.ts';
import { createPurging } from './work/purge-caches.ts';
import { metricsLine, recordWriter } from './work/records.ts';
import { createStopSwitch, type Stop, type StopSwitch } from './work/stop.ts';
import type { TaskParts } from './work/task-parts.ts';

/** What a worker is made of. */
export interface StartWorkerOptions {
  readonly identity: WorkerIdentity;
  readonly settings: WorkerSettings;
  readonly engine: Engine;
  /** Signs with the worker's own credentials. */
  readonly queue: QueueClient;
  /** Makes what runs tasks; disposed of after the last one. */
  readonly openParts: (options: {
    readonly settings: WorkerSettings;
    readonly identity: WorkerIdentity;
    readonly engine: Engine;
    readonly record: WorkerRecordWriter;
    readonly now: () => number;
  }) => Promise<TaskParts & Partial<AsyncDisposable>>;
  /** Takes the worker's own log: whole lines. */
  readonly write: (line: string) => void;
  /** Told of each record too. */
  readonly onRecord?: WorkerRecordWriter;
  /** Where spans of runs go. @defaultValue nowhere */
  readonly telemetry?: Telemetry;
  readonly alivenessCheckMs: number;
  /** How long trouble with engine or disk may last. */
  readonly unhealthyLimitMs: number;
  readonly now?: () => number;
}

/** A worker at work. */
export interface RunningWorker {
  stop(stop: Stop): void;
  /** Writes a record of its own log. */
  readonly record: WorkerRecordWriter;
  readonly capacity: number;
  /** How many tasks run now. */
  readonly running: number;
  readonly trouble: Health['trouble'];
  /**
   * Resolves, with why, when it has stopped, its runs have ended and nothing of it is left. Rejects with the server's refusal
   * of its first claim.
   */
  readonly ended: Promise<Stop>;
}

const SWEEP_MS = 60_000;

/** One core for each task: then there are as many slots as cores. */
const capacityOf = ({ restrictCpu, capacity }: WorkerSettings): number =>
  restrictCpu && capacity > 0 ? cpus().length : capacity;

/**
 * Starts to claim and to run tasks. Throws `EngineError` when the engine does not answer or its network cannot be made, and
 * the system's error where the worker's folders cannot be.
 */
export async function startWorker(given: StartWorkerOptions): Promise<RunningWorker> {
  const now = given.now ?? Date.now;
  const record = recorder(given, now);
  const problem = await certificateProblem(given.settings);
  const idle = problem ?? (given.settings.capacity === 0 ? 'its capacity is 0' : undefined);
  if (idle !== undefined) record('[alert-operator] nothing is claimed', { why: idle });
  const settings = { ...given.settings, capacity: problem === undefined ? capacityOf(given.settings) : 0 };
  const { capacity } = settings;
  const stop = createStopSwitch((why) => record('shutdown', { ...why }));
  const count = { running: 0 };
  await given.engine.ping();
  const isIdle = (): boolean => count.running === 0;
  const workshop = await openWorkshop({ ...given, settings, record, now, stop, isIdle });
  const health = watchHealth({
    ...{ engine: given.engine, settings, record, now, sweep: workshop.sweep },
    limitMs: given.unhealthyLimitMs,
    // A full disk lets tasks end; without an engine there is nothing to wait for.
    onGivenUp: (trouble) =>
      stop.stop({ kind: trouble === 'engine' ? 'immediate' : 'graceful', reason: 'unhealthy' }),
  });
  given.write(metricsLine('instanceBoot', given.identity, now() - uptime() * 1000));
  record('start', { version: given.identity.version, capacity });
  const timers = startTimers(workshop, record, given.alivenessCheckMs);
  return {
    stop: (why) => stop.stop(why),
    record,
    capacity,
    get running() {
      return count.running;
    },
    get trouble() {
      return health.trouble;
    },
    ended: work({ workshop, health, timers, stop, count }),
  };
}

function recorder({ write, identity, onRecord }: StartWorkerOptions, now: () => number): WorkerRecordWriter {
  const line = recordWriter(write, identity, now);
  return (type, fields) => {
    line(type, fields);
    onRecord?.(type, fields);
  };
}

interface Working {
  readonly workshop: Workshop;
  readonly health: Health;
  readonly timers: Disposable;
  readonly stop: StopSwitch;
  readonly count: { running: number };
}

async function work({ workshop, health, timers, stop, count }: Working): Promise<Stop> {
  await using opened = new AsyncDisposableStack();
  opened.use(workshop);
  opened.use(timers);
  opened.use(health);
  const { scope } = workshop;
  const { queue, identity, parts, now, record } = scope;
  const { taskQueueId } = identity;
  const purge = createPurging({
    queue,
    taskQueueId,
    caches: parts.caches,
    now,
    record,
    signal: stop.running,
  });
  const onRunning = (running: number): void => {
    if ((count.running === 0) !== (running === 0)) record(running === 0 ? 'worker idle' : 'worker working');
    count.running = running;
  };
  const { freeDevices } = parts;
  await claimLoop({ scope, health, purge, onRunning, ...(freeDevices && { freeDevices }) });
  const why = stop.current ?? { kind: 'graceful', reason: 'requested' };
  record('exit', { ...why });
  return why;
}

/** What is done from time to time: signs of life, sweeps, repairs. */
function startTimers(
  { sweep, repair }: Workshop,
  record: WorkerRecordWriter,
  alivenessCheckMs: number,
): Disposable {
  const aliveness = setInterval(
    () => record('aliveness check', { uptime: process.uptime(), interval: alivenessCheckMs }),
    alivenessCheckMs,
  );
  const upkeep = setInterval(() => {
    void sweep(false);
    repair().catch((error: unknown) => record('network error', errorFacts(error)));
  }, SWEEP_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(aliveness);
      clearInterval(upkeep);
    },
  };
}
