import {
  type Descriptor,
  type RegistryClient,
  RegistryError,
  type RegistryManifest,
} from '../../registry/index.ts';
import { countAddedLayers } from './added-layers.ts';

/** Which image is read. */
export interface ImageSource {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly digest: string;
  readonly signal: AbortSignal;
}

/** An image as its manifest and configuration describe it. */
export interface ReadImage {
  /** The manifest that was asked for, which may be an index. */
  readonly subject: Descriptor;
  /** From the lowest up. */
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  readonly addedLayers: number;
}

const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** Reads manifest and configuration. Throws `RegistryError`: `NOT_FOUND`, `PROTOCOL` and those of the client. */
export async function readImage(source: ImageSource): Promise<ReadImage> {
  const { ImageConfig, ImageManifest } = await import('./schema.ts');
  const outer = await manifestOf(source, source.digest);
  const inner = await imageIn(source, outer);
  const manifest = ImageManifest.safeParse(JSON.parse(inner.bytes.toString()));
  if (!manifest.success) throw strange(source, 'its manifest is not that of an image');
  const { config, layers } = manifest.data;
  const read = ImageConfig.safeParse(await configOf(source, config));
  if (!read.success) throw strange(source, 'its configuration is not that of an image');
  const { digest, mediaType, bytes } = outer;
  return {
    subject: { digest, mediaType, size: bytes.length },
    layers,
    addedLayers: countAddedLayers(read.data.history ?? [], layers.length),
  };
}

const strange = ({ repository, digest }: ImageSource, how: string): RegistryError =>
  new RegistryError('PROTOCOL', `${repository}@${digest}: ${how}`);

async function manifestOf(source: ImageSource, digest: string): Promise<RegistryManifest> {
  const { client, repository, signal } = source;
  const found = await client.manifest(repository, digest, { signal });
  if (found !== undefined) return found;
  throw new RegistryError('NOT_FOUND', `${repository}@${digest} is not in the registry any more`);
}

/** Of an index the one image in it that is for a platform; others are statements about it. */
async function imageIn(source: ImageSource, outer: RegistryManifest): Promise<RegistryManifest> {
  const { ImageIndex } = await import('./schema.ts');
  const index = ImageIndex.safeParse(JSON.parse(outer.bytes.toString()));
  if (!index.success) return outer;
  const images = index.data.manifests.filter(
    ({ platform }) => platform?.os !== undefined && platform.os !== 'unknown',
  );
  const [first] = images;
  if (first === undefined) throw strange(source, 'it is an index without an image');
  return await manifestOf(source, first.digest);
}

async function configOf(source: ImageSource, config: { readonly digest: string; readonly size: number }) {
  if (config.size > MAX_CONFIG_BYTES) throw strange(source, `its configuration has ${config.size} bytes`);
  const { client, repository, signal } = source;
  const chunks = await Array.fromAsync(client.readBlob(repository, config, { signal }));
  try {
    const read: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return read;
  } catch {
    throw strange(source, 'its configuration is no JSON');
  }
}
