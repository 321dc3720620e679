import { hash } from 'node:crypto';
import { type RegistryClient, RegistryError } from '../../../registry/index.ts';
import { ENVELOPE_TYPE } from './envelope.ts';

/** Which image envelopes are about, and where it is. */
export interface EnvelopesOf {
  readonly client: RegistryClient;
  readonly repository: string;
  /** Of the image's manifest. */
  readonly digest: string;
  readonly signal: AbortSignal;
}

export interface NewEnvelope {
  readonly predicateType: string;
  readonly bytes: Buffer;
}

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const MAX_KEPT = 100; // of one image; the oldest go
const MAX_READ_BYTES = 128 * 1024 * 1024;

/** Where cosign looks for them, and puts its own. */
export const envelopesTag = (digest: string): string => `${digest.replace(':', '-')}.att`;

/**
 * Stores envelopes about an image beside those that are there already: each a layer of the manifest under one tag. Throws
 * `RegistryError`.
 */
export async function storeEnvelopes(of: EnvelopesOf, envelopes: readonly NewEnvelope[]): Promise<void> {
  const { client, repository, digest, signal } = of;
  const added: Layer[] = [];
  for (const { predicateType, bytes } of envelopes) {
    await putBytes(of, bytes);
    added.push({
      ...descriptorOf(ENVELOPE_TYPE, bytes),
      annotations: { 'dev.cosignproject.cosign/signature': '', predicateType },
    });
  }
  const layers = [...(await listEnvelopes(of)), ...added].slice(-MAX_KEPT);
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((each) => each.digest) },
    }),
  );
  await putBytes(of, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptorOf(CONFIG_TYPE, config),
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await client.putManifest(
    repository,
    { mediaType: MANIFEST_TYPE, bytes, tag: envelopesTag(digest) },
    { signal },
  );
}

/** What is stored about an image; none where there is nothing. Throws `RegistryError`. */
export async function listEnvelopes(of: EnvelopesOf): Promise<readonly Layer[]> {
  const { client, repository, digest, signal } = of;
  const tag = envelopesTag(digest);
  const found = await client.manifest(repository, tag, { signal });
  if (found === undefined) return [];
  const { EnvelopesManifest } = await import('./schema.ts');
  const read = EnvelopesManifest.safeParse(JSON.parse(found.bytes.toString()));
  if (read.success) return read.data.layers;
  throw new RegistryError('PROTOCOL', `${repository}:${tag} is no list of statements about an image`);
}

/** Throws `RegistryError`. */
export async function readEnvelope(of: EnvelopesOf, layer: Layer): Promise<Buffer> {
  const { client, repository, signal } = of;
  if (layer.size > MAX_READ_BYTES)
    throw new RegistryError(
      'TOO_LARGE',
      `${repository}@${layer.digest} has ${layer.size} bytes: too many for a statement`,
    );
  return Buffer.concat(await Array.fromAsync(client.readBlob(repository, layer, { signal })));
}

const digestOf = (bytes: Buffer): string => `sha256:${hash('sha256', bytes)}`;

const descriptorOf = (mediaType: string, bytes: Buffer): Layer => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

async function putBytes({ client, repository, signal }: EnvelopesOf, bytes: Buffer): Promise<void> {
  const blob = {
    digest: digestOf(bytes),
    size: bytes.length,
    async *open() {
      yield bytes;
    },
  };
  await client.putBlob(repository, blob, { signal });
}
