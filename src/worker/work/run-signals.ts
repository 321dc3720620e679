import { RunAbort } from '../task/resolution.ts';
import { someTimeAfter } from './some-time-after.ts';

/** What ends a run before its time, and what ends even the storing of its log. */
export interface RunSignals extends Disposable {
  /** Aborts with a `RunAbort`, of which the first one counts. */
  readonly ended: AbortSignal;
  readonly gone: AbortSignal;
  abort(why: RunAbort): void;
  /** The claim is not renewed any more: what is stored until its end is taken, where the server comes back. */
  lost(why: RunAbort): void;
}

/** Machines that are taken away leave a worker two minutes; a report comes after what is stored. */
const STORING_MS = 90_000;

/** @param untilMs - how long the claim holds, by now */
export function createRunSignals(stopping: AbortSignal, untilMs: () => number): RunSignals {
  const ending = new AbortController();
  const lapsed = new AbortController();
  const late = someTimeAfter(stopping, STORING_MS);
  let timer: NodeJS.Timeout | undefined;
  const onStop = (): void => ending.abort(new RunAbort('worker-shutdown'));
  stopping.addEventListener('abort', onStop, { once: true });
  if (stopping.aborted) onStop();
  return {
    ended: ending.signal,
    gone: AbortSignal.any([late.signal, lapsed.signal]),
    abort: (why) => ending.abort(why),
    lost(why) {
      ending.abort(why);
      const leftMs = Math.max(untilMs(), 0);
      timer = setTimeout(() => lapsed.abort(new Error('the claim has ended')), leftMs);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      late[Symbol.dispose]();
      stopping.removeEventListener('abort', onStop);
    },
  };
}
