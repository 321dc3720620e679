import type { PullOptions } from '../engine.ts';
import { EngineError } from '../error.ts';
import { fullName, type ImageStore } from './image-store.ts';
import type { FakeEngineOptions, FakeRegistryImage } from './options.ts';

/** Brings an image from the registries that the options describe. */
export function pull(
  reference: string,
  { credentials, onProgress }: PullOptions,
  { images, registry = {} }: { images: ImageStore; registry: FakeEngineOptions['registry'] },
): void {
  const name = fullName(reference);
  const image = new Map(Object.entries(registry)).get(name);
  if (!image) throw absent(name, Object.keys(registry));
  if (!mayHave(image, credentials)) {
    throw new EngineError('UNAUTHORIZED', `cannot pull the image ${reference}: authentication required`);
  }
  onProgress?.({ status: `Pulling from ${name}` });
  for (const status of ['Downloading', 'Pull complete']) {
    onProgress?.({ layer: '0123456789ab', status, currentBytes: 1, totalBytes: 1 });
  }
  images.add(name, image);
}

function mayHave(image: FakeRegistryImage, given: PullOptions['credentials']): boolean {
  const { credentials: wanted } = image;
  return !wanted || (wanted.username === given?.username && wanted.password === given.password);
}

function absent(name: string, known: readonly string[]): EngineError {
  const [host = ''] = name.split('/');
  if (known.some((other) => other.startsWith(`${host}/`))) {
    return new EngineError('IMAGE_NOT_FOUND', `cannot pull the image ${name}: it is not in the registry`);
  }
  return new EngineError('REGISTRY', `cannot pull the image ${name}: the registry cannot be reached`);
}
