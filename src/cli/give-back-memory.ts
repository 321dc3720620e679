import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const REST_MS = 1000;
/** Part of that time in which something was done; who has more to do comes to V8's own collections soon. */
const RESTING = 0.1;

/**
 * Gives back what the start took and nobody needs any more, as soon as there was nothing to do for a second: 16 MB of a server
 * that waits for its first requests. V8 does so by itself only after some collections more, which a server without work never
 * comes to.
 */
export function giveBackMemory(): Disposable {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > RESTING) return;
    clearInterval(timer);
    collect();
  }, REST_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Takes 30 ms. */
function collect(): void {
  setFlagsFromString('--expose-gc'); // seen by contexts that are made from now on, which is one
  const collectAll: NodeJS.GCFunction = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  // `last-resort` is the only one that makes the space of new objects small again.
  void collectAll({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
