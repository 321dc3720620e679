import type { RunningWorker } from '../../worker/index.ts';

/**
 * SIGTERM and Ctrl-C stop a worker at once, reporting what runs; SIGHUP lets what runs end. A second SIGTERM or Ctrl-C ends the
 * process itself: what it leaves is removed by the next worker's start.
 */
export function listenForStops(worker: () => RunningWorker | undefined): Disposable {
  let isStopping = false;
  const atOnce = (signal: NodeJS.Signals): void => {
    const running = worker();
    if (isStopping || running === undefined) {
      off();
      process.kill(process.pid, signal);
      return;
    }
    isStopping = true;
    running.stop({ kind: 'immediate', reason: 'signal' });
  };
  const gracefully = (): void => worker()?.stop({ kind: 'graceful', reason: 'signal' });
  const off = (): void => {
    process.off('SIGTERM', atOnce).off('SIGINT', atOnce).off('SIGHUP', gracefully);
  };
  process.on('SIGTERM', atOnce).on('SIGINT', atOnce).on('SIGHUP', gracefully);
  return { [Symbol.dispose]: off };
}
