import type { RunningWorker, StopKind } from '../../worker/index.ts';

/**
 * SIGTERM and Ctrl-C stop a worker as `first` says: at once, reporting what runs, or, where a parent decides how long that may
 * take, as SIGHUP does, which lets what runs end. A second SIGTERM or Ctrl-C ends the process itself: what it leaves is removed
 * by the next worker's start.
 */
export function listenForStops(
  worker: () => RunningWorker | undefined,
  { first }: { readonly first: StopKind },
): Disposable {
  let isStopping = false;
  const onEnd = (signal: NodeJS.Signals): void => {
    const running = worker();
    if (isStopping || running === undefined) {
      off();
      process.kill(process.pid, signal);
      return;
    }
    isStopping = true;
    running.stop({ kind: first, reason: 'signal' });
  };
  const gracefully = (): void => worker()?.stop({ kind: 'graceful', reason: 'signal' });
  const off = (): void => {
    process.off('SIGTERM', onEnd).off('SIGINT', onEnd).off('SIGHUP', gracefully);
  };
  process.on('SIGTERM', onEnd).on('SIGINT', onEnd).on('SIGHUP', gracefully);
  return { [Symbol.dispose]: off };
}
