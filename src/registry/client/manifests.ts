import { RegistryError } from '../error.ts';
import type { Caller, WholeAnswer } from './caller.ts';
import { checkHash, hashOf, sha256 } from './digest.ts';
import { parseJson } from './json.ts';
import { checkedDigest, checkedReference, checkedRepository, isDigest } from './names.ts';
import type { CallOptions, RegistryManifest } from './registry-client.ts';
import { scopeOf } from './scope.ts';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Without these a registry may convert what it has to a form of long ago, whose digest is another. */
const MEDIA_TYPES = [
  OCI_INDEX,
  OCI_MANIFEST,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const ACCEPT = MEDIA_TYPES.join(', ');

export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024; // what registries take
const TIME_LIMIT_MS = 60_000;

interface Asked {
  readonly repository: string;
  readonly reference: string;
}

const whatOf = ({ repository, reference }: Asked): string =>
  `the manifest of ${repository}${reference.includes(':') ? '@' : ':'}${reference}`;

/** A request about one manifest. */
const callOf = ({ repository, reference }: Asked, signal: AbortSignal | undefined) => ({
  path: `/v2/${checkedRepository(repository)}/manifests/${checkedReference(reference)}`,
  what: whatOf({ repository, reference }),
  timeLimitMs: TIME_LIMIT_MS,
  signal,
});

export async function readManifest(
  caller: Caller,
  asked: Asked,
  { signal }: CallOptions = {},
): Promise<RegistryManifest | undefined> {
  const call = callOf(asked, signal);
  const whole = await caller.read(
    {
      ...call,
      method: 'GET',
      headers: { accept: ACCEPT },
      scopes: [scopeOf(asked.repository, 'pull')],
      accept: [200, 404],
    },
    MAX_MANIFEST_BYTES,
  );
  return whole.answer.status === 404 ? undefined : await checkedManifest(whole, asked);
}

async function checkedManifest({ answer, body }: WholeAnswer, asked: Asked): Promise<RegistryManifest> {
  const digest = sha256(body);
  const promised = [asked.reference, answer.header('docker-content-digest') ?? ''].filter(isDigest);
  for (const other of promised) checkHash(hashOf(other).update(body), other, whatOf(asked));
  return { digest, mediaType: await mediaTypeOf(answer.header('content-type'), body, asked), bytes: body };
}

/** What the manifest itself says counts; a header that says otherwise could make two readers see two images. */
async function mediaTypeOf(header: string | undefined, body: Buffer, asked: Asked): Promise<string> {
  const { ManifestFields } = await import('./schema.ts');
  const read = ManifestFields.safeParse(parseJson(body));
  if (!read.success)
    throw new RegistryError('PROTOCOL', `${whatOf(asked)}: what the registry has there is no manifest`);
  const said = header?.replace(/;.*$/s, '').trim().toLowerCase() ?? '';
  const mediaType = read.data.mediaType ?? said;
  const isAmbiguous = MEDIA_TYPES.includes(said) && mediaType !== said;
  if (MEDIA_TYPES.includes(mediaType) && !isAmbiguous) return mediaType;
  const shown = /^[\w.+/-]{1,100}$/.test(mediaType) ? mediaType : 'something else';
  throw new RegistryError(
    'PROTOCOL',
    isAmbiguous
      ? `${whatOf(asked)}: the registry says that it is ${said}, and the manifest itself that it is ${shown}`
      : `${whatOf(asked)}: it is ${shown}, and not an OCI or Docker manifest or index`,
  );
}

/** Only the digest. Registries that do not say it are asked for the manifest. */
export async function findDigest(
  caller: Caller,
  asked: Asked,
  options: CallOptions = {},
): Promise<string | undefined> {
  const answer = await caller.call({
    ...callOf(asked, options.signal),
    method: 'HEAD',
    headers: { accept: ACCEPT },
    scopes: [scopeOf(asked.repository, 'pull')],
    accept: [200, 404, 405],
  });
  answer.release();
  if (answer.status === 404) return undefined;
  const digest = answer.header('docker-content-digest') ?? '';
  if (answer.status === 405 || !isDigest(digest)) return (await readManifest(caller, asked, options))?.digest;
  if (!asked.reference.includes(':') || asked.reference === digest) return digest;
  throw new RegistryError(
    'DIGEST_MISMATCH',
    `${whatOf(asked)}: the registry says that its digest is ${digest}`,
  );
}

export interface NewManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly tag?: string;
}

/** What became of a manifest that was sent. */
export interface PutManifest {
  readonly digest: string;
  /** Whether the registry itself keeps account of what belongs to the manifest's subject. */
  readonly knowsSubject: boolean;
}

export async function putManifest(
  caller: Caller,
  repository: string,
  { mediaType, bytes, tag }: NewManifest,
  { signal }: CallOptions = {},
): Promise<PutManifest> {
  const digest = sha256(bytes);
  if (bytes.length > MAX_MANIFEST_BYTES)
    throw new RegistryError(
      'TOO_LARGE',
      `a manifest for ${repository} has ${bytes.length} bytes: registries take 4 MiB`,
    );
  const answer = await caller.call({
    ...callOf({ repository, reference: tag ?? digest }, signal),
    method: 'PUT',
    headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
    body: bytes,
    scopes: [scopeOf(repository, 'pull', 'push')],
    accept: [200, 201, 202],
  });
  answer.release();
  const stored = answer.header('docker-content-digest') ?? digest;
  if (stored.startsWith('sha256:') && stored !== digest)
    throw new RegistryError(
      'DIGEST_MISMATCH',
      `a manifest for ${repository} was stored as ${stored}, and is ${digest}`,
    );
  return { digest, knowsSubject: answer.header('oci-subject') !== undefined };
}

/** `false`: it was not there. Throws `DELETE_DISABLED`. */
export async function deleteManifest(
  caller: Caller,
  repository: string,
  digest: string,
  { signal }: CallOptions = {},
): Promise<boolean> {
  const answer = await caller.call({
    ...callOf({ repository, reference: checkedDigest(digest) }, signal),
    method: 'DELETE',
    scopes: [scopeOf(repository, 'pull', 'delete')],
    accept: [200, 202, 204, 404, 405],
  });
  answer.release();
  if (answer.status !== 405) return answer.status !== 404;
  throw new RegistryError(
    'DELETE_DISABLED',
    `the registry at ${caller.origin.host} lets nobody delete images: deletion is disabled in its configuration`,
  );
}
