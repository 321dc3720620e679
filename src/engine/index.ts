import type { DockerOptions } from './docker/index.ts';
import type { Engine } from './engine.ts';

export type { DockerOptions as EngineOptions } from './docker/index.ts';
export type * from './engine.ts';
export { EngineError, type EngineErrorCode } from './error.ts';

/**
 * Chooses a container engine (see `EngineOptions`) without asking it anything: the first call finds out whether it
 * answers. Dispose what this returns. Throws `INVALID` when the address or its files cannot be used.
 */
export async function openEngine(options: DockerOptions): Promise<Engine> {
  // Loaded here: who only needs the port or its errors does not pay for the client.
  const { openDockerEngine } = await import('./docker/index.ts');
  return await openDockerEngine(options);
}
