import { type Engine, EngineError } from '../../engine/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts } from '../work/error-facts.ts';
import type { CacheKeeper } from '../work/task-parts.ts';
import type { ContainerGarbage } from './containers.ts';
import type { ImageUses } from './image-uses.ts';

export interface SweepOptions {
  readonly engine: Engine;
  readonly containers: ContainerGarbage;
  readonly images: ImageUses;
  readonly caches: CacheKeeper;
  readonly imageExpirationMs: number;
  /** Images stay while tasks run: one of them may be about to use what looks unused. */
  readonly isIdle: () => boolean;
  readonly now: () => number;
  readonly record: WorkerRecordWriter;
}

/** @param isShort - the disk is too full: everything goes that is not in use, expired or not */
export type Sweep = (isShort: boolean) => Promise<void>;

/** Takes away what is not needed any more. Does not reject, and two sweeps never overlap: who comes meanwhile waits for the one that runs. */
export function createSweep(options: SweepOptions): Sweep {
  let running: Promise<void> | undefined;
  return (isShort) => {
    running ??= sweepOnce(options, isShort).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function sweepOnce(options: SweepOptions, isShort: boolean): Promise<void> {
  const { containers, caches, isIdle, record } = options;
  const step = async (what: string, doing: () => Promise<void>): Promise<void> => {
    try {
      await doing();
    } catch (error) {
      record('garbage collection error', { what, ...errorFacts(error) });
    }
  };
  await step('containers', () => containers.sweep());
  await step('caches', async () => {
    for (const cacheName of await caches.collect({ all: isShort }))
      record('cache volume removed', { cacheName });
  });
  if (isIdle()) await step('images', () => removeImages(options, isShort));
}

async function removeImages(
  { engine, images, imageExpirationMs, isIdle, now, record }: SweepOptions,
  isShort: boolean,
): Promise<void> {
  for (const { image, usedAt } of images.list()) {
    if (!isIdle()) return;
    if (!isShort && usedAt + imageExpirationMs > now()) continue;
    try {
      await engine.removeImage(image);
      record('image removed', { image });
    } catch (error) {
      // Somebody's container is made of it: theirs now.
      record('image removal error', { image, ...errorFacts(error) });
      if (!(error instanceof EngineError && error.code === 'CONFLICT')) continue;
    }
    images.forget(image);
  }
  await images.save();
}
