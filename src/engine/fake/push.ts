import type { PushOptions, PushResult } from '../engine.ts';
import { EngineError } from '../error.ts';
import { splitReference } from '../reference.ts';
import type { ImagePlace } from './commit.ts';
import { fullName } from './image-store.ts';
import { digestOf, type FakeRegistries } from './registries.ts';
import { runHostTool } from './run-host-tool.ts';

/** Sends a local image to the registry that its name says. */
export async function push(
  reference: string,
  { credentials, onProgress }: PushOptions,
  { images, imageFolder, busybox, registries }: ImagePlace & { registries: FakeRegistries },
): Promise<PushResult> {
  if (splitReference(reference).tag === undefined) {
    throw new EngineError('INVALID', `cannot push ${reference}: images are pushed by name and tag`);
  }
  const name = fullName(reference);
  const { details, configuration, folder: source } = images.get(name);
  registries.expectPush(name, credentials);
  onProgress?.({ status: `The push refers to repository [${name}]` });
  const layer = details.id.slice(7, 19);
  const folder = `${imageFolder}/pushed-${layer}`;
  const status = registries.hasFiles(folder) ? 'Layer already exists' : 'Pushed';
  if (status === 'Pushed') await runHostTool(busybox, ['cp', '-a', source, folder]);
  onProgress?.({ layer, status });
  const digest = digestOf(details.id);
  registries.put(name, { digest, id: details.id, image: { ...configuration, folder } });
  images.noteDigest(name, digest);
  return { digest };
}
