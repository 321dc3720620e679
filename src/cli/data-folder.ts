import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where Slipway keeps runs and artifacts on this machine, absolute: `SLIPWAY_DATA_DIR`, else `slipway` in
 * `XDG_DATA_HOME`, else `~/.local/share/slipway`. Relative variables of XDG do not count, as its specification says.
 */
export function dataFolder(environment: NodeJS.ProcessEnv, currentFolder: string): string {
  const own = environment['SLIPWAY_DATA_DIR'];
  if (own) return resolve(currentFolder, own);
  const shared = environment['XDG_DATA_HOME'];
  if (shared?.startsWith('/')) return join(shared, 'slipway');
  return join(environment['HOME'] || homedir(), '.local/share/slipway');
}
