import { CacheError } from '../error.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { EXTENSION_VERSION, type Message } from '../wire/message.ts';
import { type Link, nextMessage, unexpected } from './link.ts';
import { negotiate } from './negotiate.ts';
import { ConnectionClosed } from './outgoing.ts';
import { type OnSent, sendTar } from './send-tar.ts';
import { storedObjects } from './stored-objects.ts';

/** What one session is for: an artifact and the refs that are to name it. */
export interface SessionWork {
  readonly repository: Repository;
  readonly refs: readonly Ref[];
  /** Everything that can be reached from their commits. */
  readonly objects: Promise<readonly ObjectName[]>;
  /** What will be sent is known; after a cut that is less than before. */
  readonly onPlanned: (plan: { readonly objects: number; readonly bytes: number }) => void;
  readonly onSent: OnSent;
  /** What the receiver has to say of a push that went well, a line at a time. */
  readonly onSaid: (line: string) => void;
}

export interface SessionOutcome {
  /** Refs that the receiver was told, and those that named that commit already. */
  readonly moved: readonly Ref[];
  readonly kept: readonly Ref[];
  readonly objects: number;
  readonly sentObjects: number;
  readonly sentBytes: number;
  /** Where to pull from, as the receiver says it. */
  readonly pullUrl?: string;
}

type Info = Extract<Message, { type: 'info' }>;

const ARCHIVE_Z2 = 1;
const NO_COMMIT = '0'.repeat(64);

/** What a receiver says of itself. */
export interface Greeting {
  /** Where to pull from; absent where it does not say. */
  readonly pullUrl?: string;
}

/** Says hello and goodbye. Throws `PROTOCOL`, `UNAVAILABLE`, `ConnectionClosed`. */
export async function greet(link: Link): Promise<Greeting> {
  const info = await exchangeInfo(link, []);
  link.out.write(encodeMessage({ type: 'done' }));
  return pullUrlOf(info);
}

/**
 * One push, from the first word to the receiver's `done`, which alone is success. Throws `REFUSED` with what the receiver
 * says, `PROTOCOL`, `UNAVAILABLE`, `ConnectionClosed`, and what the repository throws.
 */
export async function converse(link: Link, work: SessionWork): Promise<SessionOutcome> {
  const info = await exchangeInfo(link, work.refs);
  const kept = work.refs.filter(({ ref, commit }) => info.refs.get(ref) === commit);
  const moved = work.refs.filter((ref) => !kept.includes(ref));
  const about = { moved, kept, ...pullUrlOf(info) };
  if (moved.length === 0) {
    link.out.write(encodeMessage({ type: 'done' }));
    return { ...about, objects: 0, sentObjects: 0, sentBytes: 0 };
  }
  const updates = moved.map(({ ref, commit }) => ({
    ref,
    from: info.refs.get(ref) ?? NO_COMMIT,
    to: commit,
  }));
  link.out.write(encodeMessage({ type: 'update', updates }));
  await awaitStatus(link);
  const names = await work.objects;
  const wanted = info.slipway === undefined ? names : await negotiate(link, names);
  const objects = await storedObjects(work.repository, wanted);
  const sentBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  work.onPlanned({ objects: objects.length, bytes: sentBytes });
  await deliver(link, async () => {
    await sendTar(work.repository, objects, link.out, work.onSent);
  });
  return { ...about, objects: names.length, sentObjects: objects.length, sentBytes };
}

const pullUrlOf = ({ pullUrl }: Info): Pick<Greeting, 'pullUrl'> =>
  pullUrl === undefined || pullUrl === '' ? {} : { pullUrl };

async function exchangeInfo(link: Link, refs: readonly Ref[]): Promise<Info> {
  const own = new Map(refs.map(({ ref, commit }) => [ref, commit]));
  link.out.write(encodeMessage({ type: 'info', mode: ARCHIVE_Z2, refs: own, slipway: EXTENSION_VERSION }));
  const info = await nextMessage(link, link.limits.firstAnswerMs);
  if (info.type !== 'info') throw unexpected(info, 'info');
  if (info.mode === ARCHIVE_Z2) return info;
  throw new CacheError(
    'PROTOCOL',
    `the repository there has the mode ${info.mode}, not ${ARCHIVE_Z2} (archive-z2)`,
  );
}

/** Told to stop here, a receiver wants to hear that nothing follows. */
async function awaitStatus(link: Link): Promise<void> {
  try {
    const status = await nextMessage(link, link.limits.answerMs);
    if (status.type !== 'status') throw unexpected(status, 'status');
  } catch (error) {
    if (error instanceof CacheError && error.code === 'REFUSED')
      link.out.write(encodeMessage({ type: 'done' }));
    throw error;
  }
}

/** Sends everything and waits for `done`. A receiver that refuses in the middle is heard at once. */
async function deliver({ source, out, limits }: Link, sendObjects: () => Promise<void>): Promise<void> {
  out.write(encodeMessage({ type: 'putobjects' }));
  const answered = source.wait(Number.POSITIVE_INFINITY).then(() => undefined);
  answered.catch(() => {}); // told when it is read
  const sent = sendObjects().then(() => out.write(encodeMessage({ type: 'done' })));
  const isSent = await Promise.race([sent.then(() => true), answered.then(() => false)]).catch(onlyClosed);
  sent.catch(() => {}); // once it is known what the other side says, that is what counts
  const last = await nextMessage({ source, limits, answered }, limits.answerMs);
  if (last.type !== 'done') throw unexpected(last, 'done');
  if (!isSent) throw new CacheError('PROTOCOL', 'the receiver said "done" before it had everything');
}

/** What it had to say before it closed the connection is still to be read. */
function onlyClosed(error: unknown): false {
  if (error instanceof ConnectionClosed) return false;
  throw error;
}
