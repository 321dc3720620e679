import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Has what tests start of this repository compiled once in a run, and not at each of some thousand starts: for a small program
 * of a few files, most of its time is the compiler's.
 */
export function setup(): (() => void) | undefined {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-compiled-'));
  process.env['NODE_COMPILE_CACHE'] = folder;
  return () => {
    delete process.env['NODE_COMPILE_CACHE'];
    rmSync(folder, { recursive: true, force: true });
  };
}
