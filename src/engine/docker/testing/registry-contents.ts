import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { packTar, readAll } from '../../contract/tar.ts';

/** One thing that a registry holds. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

export const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** What a registry holds, by digest; manifests also by `repository:tag`. */
export class RegistryContents {
  readonly #blobs = new Map<string, Blob>();

  find(repository: string, reference: string): Blob | undefined {
    return this.#blobs.get(reference) ?? this.#blobs.get(`${repository}:${reference}`);
  }

  /** Also under a tag, where there is one. */
  add(found: Blob, name?: string): void {
    this.#blobs.set(found.digest, found);
    if (name !== undefined) this.#blobs.set(name, found);
  }
}

/** A registry's contents with one image, `team/app:1`. */
export async function contentsWithImage(): Promise<RegistryContents> {
  const layer = await readAll(packTar([{ name: 'greeting', content: 'hello' }]));
  const packed = blob(LAYER, gzipSync(layer));
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const config = blob(CONFIG, json({ architecture: 'amd64', os: 'linux', config: { User: 'jane' }, rootfs }));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(config),
    layers: [descriptor(packed)],
  };
  const contents = new RegistryContents();
  for (const each of [packed, config]) contents.add(each);
  contents.add(blob(MANIFEST, json(manifest)), 'team/app:1');
  return contents;
}

export const blob = (mediaType: string, bytes: Buffer): Blob => ({
  mediaType,
  digest: digestOf(bytes),
  bytes,
});

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const descriptor = ({ mediaType, digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length });
