import type { Hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { RegistryError } from '../error.ts';
import type { Caller } from './caller.ts';
import { checkHash, hashOf } from './digest.ts';
import { checkedDigest, checkedRepository } from './names.ts';
import type { CallOptions, Descriptor } from './registry-client.ts';
import { scopeOf } from './scope.ts';
import { ConnectionTrouble, type HttpAnswer } from './transport.ts';

type BlobName = Pick<Descriptor, 'digest' | 'size'>;

const MAX_BREAKS = 5; // in a row, without a byte in between

/** A blob's bytes; goes on where a connection broke off. */
export async function* readBlob(
  caller: Caller,
  repository: string,
  { digest, size }: BlobName,
  { signal }: CallOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const what = `the blob ${checkedDigest(digest)} of ${checkedRepository(repository)}`;
  const reading: Reading = { caller, repository, digest, size, what, signal, hash: hashOf(digest), done: 0 };
  for (let breaks = 0; ; breaks += 1) {
    const before = reading.done;
    try {
      yield* onePiece(reading);
      break;
    } catch (error) {
      if (reading.done > before) breaks = 0;
      if (!(error instanceof ConnectionTrouble) || breaks === MAX_BREAKS) throw error;
      await wait(100 * 2 ** breaks, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
  if (reading.done !== size)
    throw new RegistryError('DIGEST_MISMATCH', `${what}: it has ${reading.done} bytes and not ${size}`);
  checkHash(reading.hash, digest, what);
}

interface Reading extends BlobName {
  readonly caller: Caller;
  readonly repository: string;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly hash: Hash;
  /** Bytes that the reader has. */
  done: number;
}

async function* onePiece(reading: Reading): AsyncGenerator<Buffer, void, undefined> {
  const { hash, size, what } = reading;
  const answer = await askFor(reading);
  let skip = answer.status === 206 ? 0 : reading.done; // a registry may not know of ranges
  for await (const chunk of answer.stream()) {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    const fresh = chunk.subarray(skipped);
    if (reading.done + fresh.length > size)
      throw new RegistryError(
        'DIGEST_MISMATCH',
        `${what}: it has more bytes than the ${size} that it should`,
      );
    if (fresh.length === 0) continue;
    reading.done += fresh.length;
    hash.update(fresh);
    yield fresh;
  }
}

async function askFor({ caller, repository, digest, done, what, signal }: Reading): Promise<HttpAnswer> {
  const answer = await caller.call({
    method: 'GET',
    path: `/v2/${repository}/blobs/${digest}`,
    scopes: [scopeOf(repository, 'pull')],
    what,
    accept: done === 0 ? [200] : [200, 206],
    headers: done === 0 ? {} : { range: `bytes=${done}-` },
    signal,
  });
  const range = answer.header('content-range') ?? '';
  if (answer.status === 200 || range.startsWith(`bytes ${done}-`)) return answer;
  answer.release();
  throw new RegistryError('PROTOCOL', `${what}: the registry gives another part of it than was asked for`);
}
