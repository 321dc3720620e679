import type { Engine } from '../../engine/index.ts';
import type { Sweep } from '../garbage/sweep.ts';
import type { WorkerSettings } from '../settings.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { freeBytes } from '../work/disk-space.ts';
import { errorFacts } from '../work/error-facts.ts';
import { pause } from '../work/pause.ts';

/** What keeps a worker from claiming. */
export type Trouble = 'engine' | 'disk';

export interface HealthOptions {
  readonly engine: Engine;
  readonly settings: Pick<WorkerSettings, 'volume' | 'diskspaceThreshold'>;
  readonly sweep: Sweep;
  readonly record: WorkerRecordWriter;
  readonly now: () => number;
  /** How long trouble may last until the worker gives up. */
  readonly limitMs: number;
  readonly onGivenUp: (trouble: Trouble) => void;
  /** @defaultValue 5 s */
  readonly tickMs?: number;
  /** Absent: the file system is asked. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** Whether the machine can run tasks now. */
export interface Health extends Disposable {
  readonly trouble: { readonly what: Trouble; readonly why: string; readonly since: number } | undefined;
  /** Aborts when trouble comes up, so that a claim that waits is given up; another signal once it is over. */
  readonly lost: AbortSignal;
  /** Looks at the engine now, and not at the next moment for it. Does not reject. */
  look(): Promise<void>;
  /** Resolves when there is room for so many more tasks and the engine answers, or the signal aborts. */
  ready(freeSlots: number, signal: AbortSignal): Promise<void>;
}

const TICK_MS = 5_000;
const PING_MS = 10_000;

/** Looks at engine and disk all the time. Trouble is told once, its end too; what lasts longer than the limit is given up. */
export function watchHealth(options: HealthOptions): Health {
  const { engine, settings, sweep, record, now, limitMs, onGivenUp } = options;
  const tickMs = options.tickMs ?? TICK_MS;
  const measure = options.freeBytes ?? freeBytes;
  let trouble: Health['trouble'];
  let lost = new AbortController();
  let isGivenUp = false;
  const tell = (what: Trouble, why: string): void => {
    if (trouble?.what !== what) {
      record(
        what === 'disk' ? '[alert-operator] diskspace threshold reached' : '[alert-operator] engine trouble',
        {
          why,
        },
      );
      trouble = { what, why, since: trouble?.since ?? now() };
      lost.abort();
    }
    if (now() - (trouble?.since ?? now()) < limitMs || isGivenUp) return;
    isGivenUp = true;
    record('[alert-operator] worker unhealthy', { trouble: what, why, limitMs });
    onGivenUp(what);
  };
  const recover = (): void => {
    if (trouble === undefined) return;
    const { what, since } = trouble;
    record('worker healthy', { trouble: what, lastedMs: now() - since });
    trouble = undefined;
    lost = new AbortController();
    // Containers of runs that ended meanwhile are still there, and may run.
    if (what === 'engine') void sweep(false);
  };
  const engineAnswers = async (): Promise<boolean> => {
    try {
      await engine.ping({ signal: AbortSignal.timeout(PING_MS) });
      return true;
    } catch (error) {
      tell('engine', String(errorFacts(error)['error']));
      return false;
    }
  };
  const hasRoom = async (slots: number): Promise<boolean> => {
    const wanted = settings.diskspaceThreshold * Math.max(1, slots);
    if ((await measure(settings.volume)) > wanted) return true;
    await sweep(true);
    const free = await measure(settings.volume);
    if (free > wanted) return true;
    tell('disk', `${settings.volume} has ${free} bytes free, and ${wanted} are to stay free`);
    return false;
  };
  let looking: Promise<void> | undefined;
  const look = (): Promise<void> => {
    looking ??= engineAnswers()
      .then((isThere) => {
        if (isThere && trouble?.what === 'engine') recover();
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const timer = setInterval(() => void look(), tickMs);
  return {
    get trouble() {
      return trouble;
    },
    get lost() {
      return lost.signal;
    },
    look,
    async ready(freeSlots, signal) {
      while (!signal.aborted) {
        const isWell = trouble?.what !== 'engine' || (await engineAnswers());
        if (isWell && (await hasRoom(freeSlots))) return recover();
        await pause(tickMs, signal);
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
