import { afterAll } from 'vitest';
import { createImages, type TestImages } from './images.ts';
import { openRegistry, type Registry } from './registry.ts';

/** What a file of tests that push has: a registry of its own, and images that are gone at its end. */
export interface Pushing {
  readonly registry: Registry;
  readonly images: TestImages;
  /** Images that a test pushes stay on the engine: they are taken away at the end. */
  readonly adopt: (repository: string, ...tags: string[]) => void;
}

/** Starts the registry, and has both taken away after the file's last test. */
export async function openPushing(): Promise<Pushing> {
  const images = createImages();
  const registry = await openRegistry();
  afterAll(async () => {
    images.remove();
    await registry[Symbol.asyncDispose]();
  });
  return {
    registry,
    images,
    adopt(repository, ...tags) {
      for (const tag of tags) images.adopt(`${repository}:${tag}`);
    },
  };
}
