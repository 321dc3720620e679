import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Long enough for the first requests to be answered before: it takes 30 ms.
const AFTER_MS = 1000;

/**
 * Gives back what the start took and nobody needs any more: 16 MB of a server that waits for its first requests. V8 would do
 * so by itself only after some collections more, which a server without work never comes to.
 */
export function giveBackMemory(): Disposable {
  const timer = setTimeout(collect, AFTER_MS).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function collect(): void {
  setFlagsFromString('--expose-gc'); // seen by contexts that are made from now on, which is one
  const collectAll: NodeJS.GCFunction = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  // `last-resort` is the only one that makes the space of new objects small again.
  void collectAll({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
