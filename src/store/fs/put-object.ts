import type { FileHandle } from 'node:fs/promises';
import { abortable } from '../abortable.ts';
import { type ContentCheck, checkContent } from '../content-check.ts';
import { StoreError } from '../error.ts';
import type { PutOptions, PutResult } from '../store.ts';
import { type Facts, identityOf, objectOf, removeFacts, writeFacts } from './facts.ts';
import type { Folder } from './folder.ts';
import { fsError } from './fs-error.ts';
import { gather } from './gather.ts';
import { lookUp } from './look-up.ts';
import { placeFile } from './place-file.ts';
import type { Reservation } from './room.ts';
import { createTemporaryFile } from './temporary.ts';

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
  const failed = (cause: unknown): never => {
    throw fsError('store', `${key} in the folder ${folder.root}`, cause);
  };
  if (options.ifAbsent && (await lookUp(folder, key).catch(failed))) throw exists(folder, key);
  using room = await folder.room.reserve(options.sizeBytes).catch(failed);
  await using temporary = await createTemporaryFile(folder).catch(failed);
  const write = (bytes: Uint8Array): Promise<void> => writeAll(temporary.file, bytes).catch(failed);
  const check = checkContent(key, options);
  // What the source throws is its own, and passed on as it is.
  await writeContent(content, { write, check, room, signal: options.signal });
  const { sha256 } = check.finish();
  const { mediaType, expiresAt } = options;
  const facts: Facts = {
    key,
    sha256,
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  const stats = await temporary.file.stat({ bigint: true }).catch(failed);
  const identity = identityOf(stats);
  try {
    await both(temporary.file.sync(), writeFacts(folder, identity, facts));
    options.signal?.throwIfAborted();
    await placeFile(folder, temporary.path, { key, ifAbsent: options.ifAbsent ?? false });
  } catch (cause) {
    await removeFacts(folder, identity).catch(() => {}); // what is left of them belongs to no file
    if (options.signal?.aborted && cause === options.signal.reason) throw cause;
    return failed(cause);
  }
  return { ...objectOf(key, stats, facts), sha256 };
}

export const exists = (folder: Folder, key: string): StoreError =>
  new StoreError('EXISTS', `${key} is in the folder ${folder.root} already`);

interface Writing {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly check: ContentCheck;
  readonly room: Reservation;
  readonly signal: AbortSignal | undefined;
}

async function writeContent(content: AsyncIterable<Uint8Array>, writing: Writing): Promise<void> {
  const { write, check, room, signal } = writing;
  for await (const chunk of gather(abortable(content, signal))) {
    // A thread writes the chunk while this one hashes it.
    const written = write(chunk);
    try {
      check.add(chunk);
    } finally {
      await written; // also where the chunk is one too many: it is still read from
    }
    await room.use(chunk.length);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** Waits for both, also where one fails. */
async function both(...work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
