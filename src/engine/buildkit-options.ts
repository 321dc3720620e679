import type { BuildOptions } from './engine.ts';
import { EngineError } from './error.ts';

const NETWORKS: readonly (string | undefined)[] = [undefined, 'default', 'none', 'host'];

/** Throws `INVALID` for what BuildKit does not take. */
export function expectBuildKitOptions(options: BuildOptions, doing: string): void {
  const { squash, credentials, keepIntermediate, network } = options;
  const impossible = Object.entries({ squash, credentials, keepIntermediate }).find(([, value]) => value);
  if (impossible) {
    throw new EngineError('INVALID', `cannot ${doing}: BuildKit does not take ${impossible[0]}`);
  }
  if (NETWORKS.includes(network)) return;
  const message = `BuildKit's network is default, none or host, not ${network}`;
  throw new EngineError('INVALID', `cannot ${doing}: ${message}`);
}
