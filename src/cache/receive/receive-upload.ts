import { CacheError } from '../error.ts';
import type { Published, Ref, Repository } from '../repository/repository.ts';
import { createByteSource } from '../wire/byte-source.ts';
import { decodeEntries, ENTRY_BYTES } from '../wire/entries.ts';
import { MAX_ASKED_OBJECTS, readUploadHeader } from '../wire/upload.ts';
import { createBits, wantedOf } from './negotiate.ts';
import { createPushRoom } from './push-room.ts';
import type { ReceiveLog } from './receive-log.ts';
import { receiveObjects } from './receive-objects.ts';
import { requireRefs, type WriteRules } from './require-refs.ts';

/** Who sends artifacts over http, and what becomes of them. */
export interface UploadOptions extends WriteRules {
  readonly repository: Repository;
  readonly signal: AbortSignal;
}

/**
 * Says what of some objects an upload would have to bring: what is neither published nor left from an upload that was cut.
 * Throws `PROTOCOL`, `INVALID_REF`, `FORBIDDEN`, `NO_SPACE`.
 */
export async function missingOfUpload(body: Uint8Array, options: UploadOptions): Promise<Buffer> {
  const { repository } = options;
  const source = createByteSource(once(body));
  requireRefs(await readUploadHeader(source), options);
  const entries = source.take(source.available);
  const names = decodeEntries(entries);
  if (names === undefined || entries.length > MAX_ASKED_OBJECTS * ENTRY_BYTES)
    throw new CacheError('PROTOCOL', `expected the names of at most ${MAX_ASKED_OBJECTS} objects`);
  const room = createPushRoom(repository);
  await room.requireAny();
  await using staging = await repository.openStaging({ resumable: true });
  const bits = createBits();
  for (const isWanted of await wantedOf(names, { staging, room })) bits.push(isWanted);
  return Buffer.from(bits.bytes());
}

export interface ReceiveUploadOptions extends UploadOptions {
  /** What the client sends; its chunks may be borrowed. */
  readonly input: AsyncIterable<Uint8Array>;
  /** A client that sends nothing for so long is gone. */
  readonly idleMs: number;
}

/** What became of an upload. */
export interface Uploaded extends Published {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Takes one upload: its refs, then its objects, each checked while it is written. Nothing is visible before all of it is
 * there; whole objects of one that is cut stay for a day, where nobody sees them. Any number may go on at a time. Throws
 * `CacheError` for whatever the client does wrong or the repository cannot take, and the signal's reason.
 */
export async function receiveUpload(options: ReceiveUploadOptions): Promise<Uploaded> {
  const { repository, input, idleMs, signal, mayWrite } = options;
  const source = createByteSource(input, { idleMs, signal });
  const refs = await readUploadHeader(source);
  requireRefs(refs, options);
  const room = createPushRoom(repository);
  await room.requireAny();
  await using staging = await repository.openStaging({ resumable: true });
  const commits = new Set(refs.map(({ commit }) => commit));
  const received = await receiveObjects(source, { staging, commits, room, log: SILENT });
  if ((await source.wait(idleMs)) !== 'end')
    throw new CacheError('PROTOCOL', 'Something follows the objects of the upload');
  await room.make(signal);
  const published = await staging.publish(refs.map(plain), { mayWrite, signal });
  return { ...published, ...received };
}

const plain = ({ ref, commit }: Ref): Ref => ({ ref, commit });

/** Each object of thousands is no news. */
const SILENT: ReceiveLog = { error: () => {}, info: () => {}, debug: () => {} };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
