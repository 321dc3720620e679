import type { Engine, ImageDetails } from '../../src/engine/index.ts';

export const SHARED_NETWORK = 'slipway-test-shared';

/**
 * The fake engine's containers share this machine's network, while its networks are records with addresses that nobody
 * has: here all containers are found at 127.0.0.1. For runs with `network: SHARED_NETWORK`, which this makes. `images`
 * says more of an image than the fake can.
 */
export async function openLoopbackEngine(
  engine: Engine,
  images: Readonly<Record<string, Partial<ImageDetails>>> = {},
): Promise<Engine> {
  await engine.createNetwork({ name: SHARED_NETWORK, labels: {} });
  return {
    ...engine,
    async inspectContainer(id) {
      const details = await engine.inspectContainer(id);
      return details && { ...details, addresses: { [SHARED_NETWORK]: '127.0.0.1' } };
    },
    async inspectImage(reference) {
      const details = await engine.inspectImage(reference);
      return details && { ...details, ...images[reference] };
    },
  };
}
