import type { TaskContext } from './task-context.ts';

/** As long as a timer can be. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Why a container is ended before it does so itself. */
export type Stop =
  | { readonly why: 'timeout' | 'aborted' }
  | { readonly why: 'failure'; readonly failure: unknown };

export interface StopSource extends Disposable {
  /** What has come already. */
  readonly current: Stop | undefined;
  readonly stopped: Promise<Stop>;
}

/** Counts a task's time from now on, and looks whether its run is aborted. */
export function createStop(task: TaskContext, maxRunTimeSeconds: number): StopSource {
  const stopped = Promise.withResolvers<Stop>();
  let current: Stop | undefined;
  const stop = (why: 'timeout' | 'aborted'): void => {
    if (current !== undefined) return;
    current = { why };
    if (why === 'timeout') {
      task.record('task max runtime timeout', { maxRunTime: maxRunTimeSeconds });
      task.log.error(`Task timeout after ${maxRunTimeSeconds} seconds. Force killing container.`);
    }
    stopped.resolve(current);
  };
  const onAbort = (): void => stop('aborted');
  const timer = setTimeout(stop, Math.min(maxRunTimeSeconds * 1000, MAX_TIMER_MS), 'timeout');
  task.signal.addEventListener('abort', onAbort, { once: true });
  if (task.signal.aborted) onAbort();
  return {
    get current() {
      return current;
    },
    stopped: stopped.promise,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      task.signal.removeEventListener('abort', onAbort);
    },
  };
}
