import { randomBytes } from 'node:crypto';
import type { CommitOptions, ImageConfiguration } from '../engine.ts';
import { EngineError } from '../error.ts';
import { type Configuration, mergeEnvironment } from './configuration.ts';
import type { FakeContainer } from './container.ts';
import type { ImageStore } from './image-store.ts';
import { runHostTool } from './run-host-tool.ts';

/** Where images are kept. */
export interface ImagePlace {
  readonly images: ImageStore;
  readonly imageFolder: string;
  readonly busybox: string;
}

/** Makes an image of a container's files as they are, and of its configuration; returns its id. */
export async function commit(
  container: FakeContainer,
  { reference, labels, configuration = {} }: CommitOptions,
  { images, imageFolder, busybox }: ImagePlace,
): Promise<string> {
  const changed = changeConfiguration(container.configuration, configuration);
  if (changed.entrypoint.length + changed.command.length === 0) {
    throw new EngineError('INVALID', 'the image would have neither an entrypoint nor a command');
  }
  const folder = `${imageFolder}/${randomBytes(6).toString('hex')}`;
  await runHostTool(busybox, ['cp', '-a', container.files.root, folder]);
  const names = reference === undefined ? [] : [reference];
  const image = { ...changed, labels: { ...changed.labels, ...labels }, folder };
  return (await images.addOwned(names, image)).details.id;
}

/** A configuration with what an image is to say otherwise. */
export function changeConfiguration(own: Configuration, changes: ImageConfiguration): Configuration {
  return {
    ...own,
    ...changes,
    environment: mergeEnvironment(own.environment, changes.environment ?? []),
    labels: { ...own.labels, ...changes.labels },
    exposedPorts: [...new Set([...own.exposedPorts, ...(changes.exposedPorts ?? [])])],
    volumes: [...new Set([...(own.volumes ?? []), ...(changes.volumes ?? [])])],
  };
}
