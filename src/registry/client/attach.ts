import { setTimeout as wait } from 'node:timers/promises';
import { RegistryError } from '../error.ts';
import type { Caller } from './caller.ts';
import { sha256 } from './digest.ts';
import { parseJson } from './json.ts';
import { OCI_INDEX, OCI_MANIFEST, putManifest, readManifest } from './manifests.ts';
import { putBlob } from './put-blob.ts';
import { listReferrers, type ReferrersRoute, readTagged, referrersTag } from './referrers.ts';
import type { CallOptions, Descriptor } from './registry-client.ts';

/** What is attached to a manifest. */
export interface Attachment {
  readonly subject: Descriptor;
  readonly artifactType: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Attacher {
  readonly caller: Caller;
  readonly route: ReferrersRoute;
  /** Changes of one tag's index, one after the other. */
  readonly changes: Map<string, Promise<void>>;
}

/** What the configuration of an artifact is that has none. */
const EMPTY = Buffer.from('{}');
const EMPTY_CONFIG: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: sha256(EMPTY),
  size: EMPTY.length,
};

const MAX_LOOKED_AT = 20; // artifacts of one type that belong to one image
const MAX_TRIES = 8;

/** Stores an artifact and makes it known as one of its subject's; returns the digest of its manifest. */
export async function attach(
  attacher: Attacher,
  repository: string,
  attachment: Attachment,
  options: CallOptions = {},
): Promise<string> {
  const { caller, route } = attacher;
  const { subject, artifactType } = attachment;
  const asked = { repository, digest: subject.digest };
  const known = await listReferrers(caller, route, asked, { ...options, artifactType });
  const same = await findSame(caller, repository, known, attachment, options);
  if (same !== undefined) return same;
  const bytes = manifestOf(attachment);
  for (const blob of [EMPTY, attachment.bytes]) await putBlob(caller, repository, blobOf(blob), options);
  const put = await putManifest(caller, repository, { mediaType: OCI_MANIFEST, bytes }, options);
  if (put.knowsSubject || route.isThere === true) return put.digest;
  const { annotations } = attachment;
  const descriptor: Descriptor = {
    mediaType: OCI_MANIFEST,
    digest: put.digest,
    size: bytes.length,
    artifactType,
    ...(annotations !== undefined && { annotations }),
  };
  await oneByOne(attacher.changes, `${repository}@${subject.digest}`, () =>
    addToIndex(caller, repository, { subject: subject.digest, descriptor }, options),
  );
  return put.digest;
}

const blobOf = (bytes: Uint8Array) => ({
  digest: sha256(bytes),
  size: bytes.length,
  async *open() {
    yield bytes;
  },
});

/** The same attachment always gives the same bytes. */
function manifestOf({ subject, artifactType, mediaType, bytes, annotations }: Attachment): Buffer {
  const plain = { mediaType: subject.mediaType, digest: subject.digest, size: subject.size };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: EMPTY_CONFIG,
      layers: [{ mediaType, digest: sha256(bytes), size: bytes.length }],
      subject: plain,
      ...(annotations !== undefined && { annotations }),
    }),
  );
}

/** The digest of an artifact that has the same content already. */
async function findSame(
  caller: Caller,
  repository: string,
  known: readonly Descriptor[],
  { bytes }: Attachment,
  options: CallOptions,
): Promise<string | undefined> {
  const { ManifestFields } = await import('./schema.ts');
  const wanted = sha256(bytes);
  for (const { digest } of known.slice(0, MAX_LOOKED_AT)) {
    const manifest = await readManifest(caller, { repository, reference: digest }, options);
    if (manifest === undefined) continue; // it was deleted, and the index still names it
    const read = ManifestFields.safeParse(parseJson(manifest.bytes));
    if (read.data?.layers?.[0]?.digest === wanted) return digest;
  }
  return undefined;
}

async function oneByOne(
  changes: Map<string, Promise<void>>,
  key: string,
  change: () => Promise<void>,
): Promise<void> {
  const before = changes.get(key) ?? Promise.resolve();
  const own = before.catch(() => undefined).then(change);
  changes.set(key, own);
  try {
    await own;
  } finally {
    if (changes.get(key) === own) changes.delete(key);
  }
}

/**
 * A tag cannot be moved on condition, so that of two programs at the same time one may undo what the other added. Each looks
 * afterwards whether its own is there, and adds it once more where it is not.
 */
async function addToIndex(
  caller: Caller,
  repository: string,
  { subject, descriptor }: { readonly subject: string; readonly descriptor: Descriptor },
  options: CallOptions,
): Promise<void> {
  const tag = referrersTag(subject);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { descriptors } = await readTagged(caller, repository, tag, options);
    if (descriptors.some(({ digest }) => digest === descriptor.digest)) return;
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...descriptors, descriptor] };
    const bytes = Buffer.from(JSON.stringify(index));
    await putManifest(caller, repository, { mediaType: OCI_INDEX, bytes, tag }, options);
    // Those who collided do not go on in step.
    if (tries > 0) await wait(Math.random() * 50 * tries);
  }
  throw new RegistryError(
    'REFUSED',
    `${repository}:${tag} keeps being changed by others: ${descriptor.digest} could not be added to it`,
  );
}
