import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * How many bytes of buffers this process holds. Where that looks like more than `enough`, what nobody holds any more is collected
 * first: when that happens by itself depends on all that other tests left in the process.
 */
export function heldBytes(enough = 0): number {
  const { arrayBuffers } = process.memoryUsage();
  if (arrayBuffers <= enough) return arrayBuffers;
  setFlagsFromString('--expose-gc'); // seen by contexts that are made from now on
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  collect();
  return process.memoryUsage().arrayBuffers;
}
