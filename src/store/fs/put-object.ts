import { lstat } from 'node:fs/promises';
import { abortable } from '../abortable.ts';
import { type ContentCheck, checkContent } from '../content-check.ts';
import type { PutOptions, PutResult } from '../store.ts';
import { type Facts, identityOf, objectOf, removeFacts, writeFacts } from './facts.ts';
import { type Folder, failureOf } from './folder.ts';
import { unless } from './fs-error.ts';
import { gather } from './gather.ts';
import { lookUp } from './look-up.ts';
import { exists, type Place, placeFile } from './place-file.ts';
import type { Reservation } from './room.ts';
import { createSyncedWriter, type SyncedWriter } from './synced-writer.ts';
import { createTemporaryFile, type TemporaryFile } from './temporary.ts';

/**
 * Writes a content to a temporary file while it is hashed, puts that and what is known of it on the disk, and then gives it
 * its place in one step. What is known comes before: an object without it would never expire.
 */
export async function putObject(
  folder: Folder,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<PutResult> {
  const { signal, mediaType, expiresAt } = options;
  const place: Place = { key, ifAbsent: options.ifAbsent ?? false };
  const failed = async (cause: unknown): Promise<never> => {
    if (signal?.aborted && cause === signal.reason) throw cause;
    throw await failureOf(folder, `store ${key} in`, cause);
  };
  if (place.ifAbsent && (await lookUp(folder, key).catch(failed))) throw exists(folder, key);
  using room = await folder.room.reserve(options.sizeBytes).catch(failed);
  await using temporary = await createTemporaryFile(folder).catch(failed);
  const writer = createSyncedWriter(temporary.file);
  const write = (bytes: Uint8Array): Promise<void> => writer.write(bytes).catch(failed);
  const check = checkContent(key, options);
  // What the source throws is its own, and passed on as it is.
  await writeContent(content, { write, check, room, signal });
  const facts: Facts = {
    key,
    sha256: check.finish().sha256,
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return await finish(folder, { temporary, writer, facts, place, signal }).catch(failed);
}

interface Writing {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly check: ContentCheck;
  readonly room: Reservation;
  readonly signal: AbortSignal | undefined;
}

/** A thread writes a piece while this one hashes it and gets the next one. */
async function writeContent(content: AsyncIterable<Uint8Array>, writing: Writing): Promise<void> {
  const { write, check, room, signal } = writing;
  let before: Promise<void> = Promise.resolve();
  let beforeBytes = 0;
  for await (const piece of gather(abortable(content, signal))) {
    const written = before.then(() => write(piece));
    written.catch(() => {}); // told when it is waited for, which may be never
    check.add(piece);
    await before; // its memory is filled again next
    await room.use(beforeBytes); // not before: the disk does not know yet that they take room
    before = written;
    beforeBytes = piece.length;
  }
  await before;
}

interface Written {
  readonly temporary: TemporaryFile;
  readonly writer: SyncedWriter;
  readonly facts: Facts;
  readonly place: Place;
  readonly signal: AbortSignal | undefined;
}

/** Makes a file that is written an object. */
async function finish(
  folder: Folder,
  { temporary, writer, facts, place, signal }: Written,
): Promise<PutResult> {
  const stats = await temporary.file.stat({ bigint: true });
  const identity = identityOf(stats);
  try {
    await both(writer.finish(), writeFacts(folder, identity, facts));
    signal?.throwIfAborted();
    await placeFile(folder, temporary.path, place);
  } catch (cause) {
    // What is known of a file that got its place all the same, and only was not synced there, is known of it.
    const left = await unless(['ENOENT'], lstat(temporary.path));
    if (left?.nlink === 1) await removeFacts(folder, identity);
    throw cause;
  }
  return { ...objectOf(place.key, stats, facts), sha256: facts.sha256 };
}

/** Waits for both, also where one fails. */
async function both(...work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
