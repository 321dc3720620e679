import { randomBytes } from 'node:crypto';
import type { CommitOptions } from '../engine.ts';
import type { FakeContainer } from './container.ts';
import type { ImageStore } from './image-store.ts';
import { runHostTool } from './run-host-tool.ts';

/** Makes an image of a container's files as they are, and of its configuration; returns its id. */
export async function commit(
  container: FakeContainer,
  { reference, labels }: CommitOptions,
  { images, imageFolder, busybox }: { images: ImageStore; imageFolder: string; busybox: string },
): Promise<string> {
  const folder = `${imageFolder}/${randomBytes(6).toString('hex')}`;
  await runHostTool(busybox, ['cp', '-a', container.files.root, folder]);
  const { configuration } = container.parts;
  const merged = { ...configuration, labels: { ...configuration.labels, ...labels } };
  return images.addOwned(reference, { ...merged, folder }).details.id;
}
