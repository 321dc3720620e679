import { ByteGate } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import type { Staging } from '../repository/repository.ts';
import type { ByteSource } from '../wire/byte-source.ts';
import { readObjectTar, type TarObject } from '../wire/object-tar.ts';
import type { PushRoom } from './push-room.ts';
import type { ReceiveLog } from './receive-log.ts';

/** Up to here an object is taken into memory and checked beside others; a larger one is streamed. */
const SMALL_BYTES = 256 * 1024;

/** What small objects may take in memory together. */
const MEMORY_BYTES = 8 * 1024 * 1024;

/** Counted for each beside its bytes, so that a flood of empty ones has its bound too: 256 at a time. */
const OBJECT_BYTES = 32 * 1024;

export interface Received {
  readonly objects: number;
  readonly bytes: number;
}

export interface ReceiveObjectsOptions {
  readonly staging: Staging;
  /** Commits that refs are to name. A commit that none names is passed over: nobody would look whether it is whole. */
  readonly commits: ReadonlySet<string>;
  readonly room: PushRoom;
  readonly log: ReceiveLog;
}

/**
 * Takes all objects of a tar into a staging. Small ones are checked and written while the next ones come. Throws what the
 * tar and the staging throw, the first of it; nothing goes on then.
 */
export async function receiveObjects(
  source: ByteSource,
  { staging, commits, room, log }: ReceiveObjectsOptions,
): Promise<Received> {
  const additions = createAdditions(staging);
  let objects = 0;
  let bytes = 0;
  try {
    const tar = readObjectTar(source);
    for (;;) {
      const next = await additions.unlessOneFails(tar.next());
      if (next.done) break;
      const object = next.value;
      const { name, sizeBytes } = object;
      if (name.kind === 'commit' && !commits.has(name.id)) continue;
      if (sizeBytes <= SMALL_BYTES) await additions.start(name, await contentOf(object));
      else await add(staging, name, object.content(), sizeBytes);
      room.note(name, sizeBytes);
      objects += 1;
      bytes += sizeBytes;
      log.debug(`received ${objectFileName(name)}, ${sizeBytes} bytes`);
    }
  } finally {
    await additions.settled();
  }
  additions.check();
  return { objects, bytes };
}

async function add(
  staging: Staging,
  name: ObjectName,
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<void> {
  try {
    await staging.add(name, content, { sizeBytes });
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'CORRUPT_OBJECT') throw error;
    // Who looks for the mistake has to know in which of thousands.
    throw new CacheError(error.code, `${objectFileName(name)} is not taken: ${error.message}`, {
      cause: error,
    });
  }
}

async function contentOf({ sizeBytes, content }: TarObject): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  for await (const piece of content()) filled += piece.copy(whole, filled);
  return whole;
}

/** What is being added beside the reading. */
function createAdditions(staging: Staging) {
  const gate = new ByteGate(MEMORY_BYTES);
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let interrupt: (reason: unknown) => void = () => {};
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    /** Waits for what comes, and no longer than until an object fails: a client that is slow hears of it at once. */
    async unlessOneFails<T>(coming: Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      interrupt = reject;
      coming.then(resolve, reject);
      if (failure !== undefined) reject(failure.error);
      return await promise;
    },
    /** Waits for room, and not for the object. Throws what an earlier one threw. */
    async start(name: ObjectName, content: Buffer): Promise<void> {
      const held = await gate.hold(OBJECT_BYTES + content.length);
      check();
      const addition = add(staging, name, once(content), content.length)
        .catch((error: unknown) => {
          failure ??= { error };
          interrupt(failure.error);
        })
        .finally(() => {
          held[Symbol.dispose]();
          running.delete(addition);
        });
      running.add(addition);
    },
    async settled(): Promise<void> {
      await Promise.all(running);
    },
    check,
  };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
