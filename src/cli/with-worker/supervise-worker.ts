import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../../queue-api/index.ts';
import type { BesideServer } from '../serve-until-stopped.ts';
import type { Ended, WorkerProcess } from './worker-process.ts';

export interface SuperviseOptions {
  /** Starts it once; `credentials` end by themselves. */
  readonly start: (credentials: Credentials) => WorkerProcess;
  /** Makes new ones that are good for so long. */
  readonly issue: (lifeMs: number) => Credentials;
  readonly onStarted: (pid: number | undefined) => void;
  /** It has ended and is started again after a pause. */
  readonly onEnded: (ended: Ended, pauseMs: number) => void;
  readonly onStopped: () => void;
  /** @defaultValue an hour */
  readonly lifeMs?: number;
  /** Between two starts, at first and at most. @defaultValue 1 s, 60 s */
  readonly pausesMs?: readonly [first: number, most: number];
  /** How long it has, once it is to stop at once, before it is killed. @defaultValue 15 s */
  readonly lastMs?: number;
}

const HOUR_MS = 3_600_000;

/** Keeps a worker running until it is stopped: one that ends is started again, with longer pauses as long as it ends soon. */
export function superviseWorker(options: SuperviseOptions): BesideServer {
  const { lifeMs = HOUR_MS, lastMs = 15_000 } = options;
  const [firstMs, mostMs] = options.pausesMs ?? [1000, 60_000];
  const stopping = new AbortController();
  let worker: WorkerProcess | undefined;

  async function runOnce(): Promise<Ended> {
    const started = options.start(options.issue(lifeMs));
    worker = started;
    options.onStarted(started.pid);
    // In the middle of their life, so that a machine that slept, or a clock that was set, has time left.
    const renewal = setInterval(() => started.renew(options.issue(lifeMs)), lifeMs / 2);
    try {
      return await started.ended;
    } finally {
      clearInterval(renewal);
      worker = undefined;
    }
  }

  async function keepRunning(): Promise<void> {
    let pauseMs = firstMs;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const ended = await runOnce();
      if (stopping.signal.aborted) return;
      // What ran for longer than the longest pause was well.
      if (performance.now() - startedAt > mostMs) pauseMs = firstMs;
      options.onEnded(ended, pauseMs);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, mostMs);
    }
  }

  const running = keepRunning();

  /** Now: reports what runs, and leaves; killed where it does not. What it leaves then, its next start removes. */
  function hurryUp(): NodeJS.Timeout {
    worker?.stop({ finishTasks: false });
    return setTimeout(() => worker?.kill(), lastMs);
  }

  return {
    async stop(hurry) {
      stopping.abort();
      worker?.stop({ finishTasks: true });
      let timer: NodeJS.Timeout | undefined;
      const onHurry = (): void => {
        timer = hurryUp();
      };
      if (hurry.aborted) onHurry();
      else hurry.addEventListener('abort', onHurry, { once: true });
      await running;
      clearTimeout(timer);
      hurry.removeEventListener('abort', onHurry);
      options.onStopped();
    },
  };
}
