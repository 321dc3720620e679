import { RegistryError } from '../error.ts';
import type { Call, Caller } from './caller.ts';
import { checkHash, hashOf } from './digest.ts';
import { checkedDigest, checkedRepository } from './names.ts';
import type { CallOptions } from './registry-client.ts';
import { scopeOf } from './scope.ts';
import type { HttpAnswer } from './transport.ts';

export interface NewBlob {
  readonly digest: string;
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly mountFrom?: string;
}

const CHUNK_BYTES = 8 * 1024 * 1024; // held in memory, so that it can be sent again
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
const START_LIMIT_MS = 60_000;
const CHUNK_LIMIT_MS = 10 * 60_000;

export async function hasBlob(
  caller: Caller,
  repository: string,
  digest: string,
  { signal, isRepeatable = true }: CallOptions & Pick<Call, 'isRepeatable'> = {},
): Promise<boolean> {
  const answer = await caller.call({
    method: 'HEAD',
    path: `/v2/${checkedRepository(repository)}/blobs/${checkedDigest(digest)}`,
    scopes: [scopeOf(repository, 'pull')],
    what: `the blob ${digest} of ${repository}`,
    accept: [200, 404],
    timeLimitMs: START_LIMIT_MS,
    isRepeatable,
    signal,
  });
  answer.release();
  return answer.status === 200;
}

/** Where an upload goes on; the registry says it anew in each answer. */
interface Upload {
  readonly caller: Caller;
  readonly common: Pick<Call, 'scopes' | 'what' | 'signal'>;
  readonly blob: NewBlob;
  location: string;
  /** The registry wants no smaller parts than this, the last excepted. */
  readonly chunkBytes: number;
}

/** Uploads a blob unless it is there: as one request where it is small, in parts otherwise. */
export async function putBlob(
  caller: Caller,
  repository: string,
  blob: NewBlob,
  { signal }: CallOptions = {},
): Promise<void> {
  await caller.retrying(signal, async () => {
    // Before each attempt: the registry may have taken all of it, and only its answer was lost.
    const looking = { isRepeatable: false, ...(signal && { signal }) };
    if (await hasBlob(caller, repository, blob.digest, looking)) return;
    const upload = await start(caller, repository, blob, signal);
    if (upload === undefined) return;
    try {
      await send(upload);
    } catch (error) {
      await abandon(upload);
      throw error;
    }
  });
}

/** `undefined`: the registry took the blob from the other repository. */
async function start(
  caller: Caller,
  repository: string,
  blob: NewBlob,
  signal: AbortSignal | undefined,
): Promise<Upload | undefined> {
  const { digest, mountFrom } = blob;
  const query = new URLSearchParams();
  const scopes = [scopeOf(repository, 'pull', 'push')];
  if (mountFrom !== undefined) {
    query.set('mount', digest);
    query.set('from', checkedRepository(mountFrom));
    scopes.push(scopeOf(mountFrom, 'pull'));
  }
  const common = { scopes, what: `uploading the blob ${digest} to ${repository}`, signal };
  const answer = await caller.call({
    ...common,
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/${query.size === 0 ? '' : `?${query}`}`,
    headers: { 'content-length': '0' },
    accept: [201, 202],
    timeLimitMs: START_LIMIT_MS,
    isRepeatable: false, // all of the upload is
  });
  answer.release();
  if (answer.status === 201) return undefined;
  const least = Number(answer.header('oci-chunk-min-length') ?? 0);
  if (least > MAX_CHUNK_BYTES)
    throw new RegistryError('REFUSED', `${common.what}: the registry wants parts of at least ${least} bytes`);
  const chunkBytes = Math.max(CHUNK_BYTES, Number.isSafeInteger(least) ? least : 0);
  return { caller, common, blob, location: locationOf(caller, answer, common.what), chunkBytes };
}

async function send(upload: Upload): Promise<void> {
  const { digest, size } = upload.blob;
  const hash = hashOf(digest);
  let sent = 0;
  let held: Buffer | undefined;
  for await (const chunk of chunks(upload)) {
    if (held !== undefined) {
      await patch(upload, held, sent);
      sent += held.length;
    }
    hash.update(chunk);
    held = chunk;
  }
  const last = held ?? Buffer.alloc(0);
  if (sent + last.length !== size)
    throw new RegistryError(
      'DIGEST_MISMATCH',
      `${upload.common.what}: there are ${sent + last.length} bytes and not ${size}`,
    );
  checkHash(hash, digest, upload.common.what);
  await finish(upload, last, sent);
}

/** The blob's bytes, in parts of the same size but for the last. */
async function* chunks({ blob, chunkBytes, common }: Upload): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let total = 0;
  for await (let piece of blob.open()) {
    total += piece.length;
    if (total > blob.size)
      throw new RegistryError(
        'DIGEST_MISMATCH',
        `${common.what}: there are more than its ${blob.size} bytes`,
      );
    while (bytes + piece.length >= chunkBytes) {
      const room = chunkBytes - bytes;
      yield Buffer.concat([...pieces, piece.subarray(0, room)]);
      piece = piece.subarray(room);
      pieces = [];
      bytes = 0;
    }
    if (piece.length > 0) pieces.push(Buffer.from(piece));
    bytes += piece.length;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}

async function patch(upload: Upload, chunk: Buffer, offset: number): Promise<void> {
  const answer = await upload.caller.call({
    ...upload.common,
    method: 'PATCH',
    path: upload.location,
    headers: {
      ...bodyHeaders(chunk),
      'content-range': `${offset}-${offset + chunk.length - 1}`,
    },
    body: chunk,
    accept: [201, 202, 204],
    timeLimitMs: CHUNK_LIMIT_MS,
    isRepeatable: false,
  });
  answer.release();
  upload.location = locationOf(upload.caller, answer, upload.common.what);
}

async function finish(upload: Upload, last: Buffer, offset: number): Promise<void> {
  const { caller, location, blob, common } = upload;
  const range = offset === 0 ? {} : { 'content-range': `${offset}-${offset + last.length - 1}` };
  const answer = await caller.call({
    ...common,
    method: 'PUT',
    path: `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`,
    headers: { ...bodyHeaders(last), ...range },
    body: last,
    accept: [200, 201, 202, 204],
    timeLimitMs: CHUNK_LIMIT_MS,
    isRepeatable: false,
  });
  answer.release();
}

const bodyHeaders = (body: Buffer) => ({
  'content-type': 'application/octet-stream',
  'content-length': String(body.length),
});

/** So that the registry need not keep what will never be finished; it would sweep it some day. */
async function abandon({ caller, location, common: { scopes, what } }: Upload): Promise<void> {
  const call = { method: 'DELETE', path: location, scopes, what, accept: [200, 202, 204, 404, 405] } as const;
  try {
    const limits = { timeLimitMs: 5000, isRepeatable: false, signal: undefined };
    (await caller.call({ ...call, ...limits })).release();
  } catch {
    // What went wrong before is what counts.
  }
}

/**
 * Where to go on, at this registry and nowhere else: bytes and credentials go to nobody that it names. A proxy in front of it
 * may have changed the scheme without its knowing.
 */
function locationOf({ origin }: Caller, answer: HttpAnswer, what: string): string {
  const written = answer.header('location') || 'nowhere:'; // an empty one would be where we are
  const next = URL.parse(written, answer.url.href);
  if (next !== null && next.host === origin.host && next.pathname.startsWith('/v2/'))
    return `${next.pathname}${next.search}`;
  throw new RegistryError(
    'PROTOCOL',
    `${what}: the registry at ${origin.host} does not say where to go on at itself`,
  );
}
