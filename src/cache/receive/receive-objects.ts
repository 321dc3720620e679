import { ByteGate } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import type { Staging } from '../repository/repository.ts';
import type { ByteSource } from '../wire/byte-source.ts';
import { readObjectTar, type TarObject } from '../wire/object-tar.ts';
import type { PushRoom } from './push-room.ts';
import type { ReceiveLog } from './receive-log.ts';

/** Up to here an object is checked and written where it came, in memory that the next one has again. */
const SMALL_BYTES = 128 * 1024;

/** Up to here it has memory of its own, and is unpacked on a thread beside others; a larger one is streamed. */
const MIDDLE_BYTES = 512 * 1024;

/** What such objects may take in memory together. */
const MEMORY_BYTES = 8 * 1024 * 1024;

/** Counted for each beside its bytes: what zlib needs to unpack it. */
const OBJECT_BYTES = 128 * 1024;

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
 * Takes all objects of a tar into a staging. Those of middle size are checked and written while the next ones come. Throws
 * what the tar and the staging throw, the first of it; nothing goes on then.
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
      if (sizeBytes <= SMALL_BYTES) await addSmall(staging, object);
      else if (sizeBytes <= MIDDLE_BYTES) await additions.start(name, Buffer.from(await object.whole()));
      else await add(staging, object);
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

async function addSmall(staging: Staging, { name, whole }: TarObject): Promise<void> {
  const bytes = await whole();
  await naming(name, staging.addWhole(name, bytes));
}

async function add(
  staging: Staging,
  { name, sizeBytes, content }: Pick<TarObject, 'name' | 'sizeBytes' | 'content'>,
): Promise<void> {
  await naming(name, staging.add(name, content(), { sizeBytes }));
}

/** Who looks for the mistake has to know in which of thousands. */
async function naming(name: ObjectName, adding: Promise<void>): Promise<void> {
  try {
    await adding;
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'CORRUPT_OBJECT') throw error;
    throw new CacheError(error.code, `${objectFileName(name)} is not taken: ${error.message}`, {
      cause: error,
    });
  }
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
      const addition = add(staging, { name, sizeBytes: content.length, content: () => once(content) })
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
