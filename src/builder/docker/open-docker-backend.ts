import type { Engine } from '../../engine/index.ts';
import type { BackendCheck, BuildBackend } from '../backend.ts';
import { buildAndPush, type DockerParts } from './build.ts';
import { findDestination } from './destination.ts';
import { Housekeeping } from './housekeeping.ts';
import { KeptImages } from './kept-images.ts';
import { removeLeftovers } from './leftovers.ts';
import type { DockerBackendOptions } from './options.ts';
import { Pusher } from './push.ts';
import { findSourceDigest } from './source.ts';

/**
 * Builds images on a container engine with BuildKit and pushes them from there. A build ends with the connection to the
 * engine, and so with this process. Nothing is asked of the engine before it is used.
 */
export function openDockerBackend(options: DockerBackendOptions): BuildBackend {
  const { engine, now = Date.now, keep = {} } = options;
  const kept = new KeptImages(engine, keep, now, options.tenantKey);
  const parts: DockerParts = { options, kept, pusher: new Pusher(), now };
  const housekeeping = new Housekeeping(engine, kept, keep);
  const ownIds = new Set<string>();
  return {
    name: 'docker',
    destination: async (environment, user) => await findDestination(options, { environment, user }),
    sourceDigest: async (source, asked) => await findSourceDigest(options, source, asked),
    async build(work, progress, signal) {
      ownIds.add(work.id);
      try {
        return await buildAndPush(parts, work, progress, signal);
      } finally {
        ownIds.delete(work.id);
        housekeeping.note();
      }
    },
    async removeLeftovers(goingOn) {
      const removed = await removeLeftovers(engine, { goingOn: goingOn.union(ownIds), now });
      await housekeeping.clean();
      return removed;
    },
    check: async () => await check(engine),
    [Symbol.asyncDispose]: async () => await housekeeping[Symbol.asyncDispose](),
  };
}

async function check(engine: Engine): Promise<BackendCheck> {
  try {
    const { name, version } = await engine.ping();
    if (name === 'Podman')
      return { isWell: false, about: 'Podman has no BuildKit: images are built with Docker' };
    return { isWell: true, about: `${name} Engine ${version} (BuildKit)` };
  } catch (error) {
    return { isWell: false, about: error instanceof Error ? error.message : String(error) };
  }
}
