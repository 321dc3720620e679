import { createHash } from 'node:crypto';
import type { Descriptor, RegistryClient } from '../../src/registry/index.ts';

export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const CONFIG = 'application/vnd.docker.container.image.v1+json';

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Bytes as they come in one piece. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export async function pushBlob(
  client: RegistryClient,
  repository: string,
  bytes: Buffer,
  mediaType: string = LAYER,
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  await client.putBlob(repository, { digest, size: bytes.length, open: () => once(bytes) });
  return { mediaType, digest, size: bytes.length };
}

/** What an image is made of, from its lowest layer up. */
export interface ImageContent {
  readonly layers: readonly { readonly bytes: Buffer; readonly mediaType?: string }[];
  readonly config: object;
}

/** Pushes an image without an engine. The same content is the same image. */
export async function pushContent(
  client: RegistryClient,
  repository: string,
  tag: string,
  { layers, config }: ImageContent,
): Promise<Descriptor> {
  const pushed: Descriptor[] = [];
  for (const { bytes, mediaType } of layers)
    pushed.push(await pushBlob(client, repository, bytes, mediaType));
  const manifest = {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: await pushBlob(client, repository, Buffer.from(JSON.stringify(config)), CONFIG),
    layers: pushed,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = await client.putManifest(repository, { mediaType: DOCKER_MANIFEST, bytes, tag });
  return { mediaType: DOCKER_MANIFEST, digest, size: bytes.length };
}

/** An image of one layer that no engine could start. */
export const pushImage = async (
  client: RegistryClient,
  repository: string,
  tag: string,
  text: string,
): Promise<Descriptor> =>
  await pushContent(client, repository, tag, {
    layers: [{ bytes: Buffer.from(`layer ${text}`) }],
    config: { text },
  });
