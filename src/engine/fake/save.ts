import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImagePlace } from './commit.ts';
import type { StoredImage } from './image-store.ts';
import { runHostTool } from './run-host-tool.ts';

/** An image as a tar in the format of `docker save`; `reference` is its name, or its id and it gets none. */
export async function save(
  image: StoredImage,
  reference: string | undefined,
  { imageFolder, busybox }: ImagePlace,
): Promise<AsyncIterable<Buffer>> {
  const folder = `${imageFolder}/save-${randomBytes(6).toString('hex')}`;
  await mkdir(`${folder}/layer`, { recursive: true });
  const layer = `${folder}/layer/layer.tar`;
  await runHostTool(busybox, ['tar', '-cf', layer, '-C', image.folder, '.']);
  const config = `${image.details.id.replace('sha256:', '')}.json`;
  const manifest = [
    { Config: config, RepoTags: reference === undefined ? null : [reference], Layers: ['layer/layer.tar'] },
  ];
  await writeFile(`${folder}/${config}`, JSON.stringify(imageConfig(image, await digestOf(layer))));
  await writeFile(`${folder}/manifest.json`, JSON.stringify(manifest));
  const file = `${folder}.tar`;
  await runHostTool(busybox, ['tar', '-cf', file, '-C', folder, config, 'layer', 'manifest.json']);
  await rm(folder, { recursive: true, force: true });
  return readOnce(file);
}

/** The configuration of an image in OCI's words. */
function imageConfig({ details, configuration }: StoredImage, layerDigest: string): object {
  const { exposedPorts, volumes = [], healthCheck } = configuration;
  return {
    architecture: details.architecture,
    os: details.os,
    created: new Date(details.createdAt).toISOString(),
    config: {
      Entrypoint: configuration.entrypoint,
      Cmd: configuration.command,
      User: configuration.user,
      Env: configuration.environment,
      ExposedPorts: Object.fromEntries(exposedPorts.map((port) => [port, {}])),
      Volumes: Object.fromEntries(volumes.map((path) => [path, {}])),
      Labels: configuration.labels,
      WorkingDir: configuration.workingDir,
      StopSignal: configuration.stopSignal,
      Healthcheck: healthCheck && { Test: healthCheck },
    },
    rootfs: { type: 'layers', diff_ids: [layerDigest] },
  };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** The file goes when it was read, or let go of. */
function readOnce(file: string): AsyncIterable<Buffer> {
  const stream = createReadStream(file);
  const removed = new Promise<void>((resolve) => stream.once('close', () => resolve())).then(() => rm(file));
  const chunks: AsyncIterator<Buffer> = Readable.from(stream)[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const next = await chunks.next();
        if (next.done) await removed;
        return next;
      },
      return: async () => {
        stream.destroy();
        await removed;
        return { done: true, value: undefined };
      },
    }),
  };
}
