import type { PullOptions } from '../engine.ts';
import { fullName, type ImageStore } from './image-store.ts';
import { digestOf, type FakeRegistries } from './registries.ts';

/** Brings an image from the registries. */
export async function pull(
  reference: string,
  { credentials, onProgress }: PullOptions,
  { images, registries }: { images: ImageStore; registries: FakeRegistries },
): Promise<void> {
  const name = fullName(reference);
  const { id, image } = registries.get(name, credentials);
  onProgress?.({ status: `Pulling from ${name}` });
  for (const status of ['Downloading', 'Pull complete']) {
    onProgress?.({ layer: '0123456789ab', status, currentBytes: 1, totalBytes: 1 });
  }
  await images.add(name, image, id);
  images.noteDigest(name, digestOf(id));
}
