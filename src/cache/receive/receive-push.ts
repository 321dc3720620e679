import { formatBytes } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { Published, Repository } from '../repository/repository.ts';
import { stayedRefs, stayedText } from '../repository/stayed-refs.ts';
import { type ByteSource, createByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import type { RefUpdate } from '../wire/message.ts';
import { expectMessage } from '../wire/message-reader.ts';
import { ARCHIVE_MODE, answerInfo } from './answer-info.ts';
import { type NegotiatePlaces, negotiate } from './negotiate.ts';
import { createPushRoom } from './push-room.ts';
import type { ReceiveLog } from './receive-log.ts';
import { receiveObjects } from './receive-objects.ts';
import { requireRefs } from './require-refs.ts';
import { mayWrite, type PushRights } from './rights.ts';
import { sayGoodbye } from './say-goodbye.ts';

export interface ReceiveOptions {
  readonly repository: Repository;
  readonly rights: PushRights;
  /** What the client sends; its chunks may be borrowed. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are on their way. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Where clients pull what they have pushed. */
  readonly pullUrl?: string;
  readonly log: ReceiveLog;
  /** A client that sends nothing for so long is gone. */
  readonly idleMs: number;
  /** How long a client that said it is done, and sent nothing, may still change its mind. @defaultValue 2 s */
  readonly secondThoughtsMs?: number;
  readonly signal?: AbortSignal;
}

/** How a session ended. */
export type ReceiveOutcome =
  /** Somebody asked what is here, or had nothing to send. */
  | { readonly type: 'nothing' }
  /** The client was told why. */
  | { readonly type: 'refused'; readonly reason: CacheError }
  | { readonly type: 'published'; readonly published: Published };

const SECOND_THOUGHTS_MS = 2000;

interface Session extends ReceiveOptions {
  readonly source: ByteSource;
  /** Whether the client is Slipway. */
  readonly isSlipway: boolean;
  readonly updates: readonly RefUpdate[];
  /** Until when the client hears of a refusal: the original listens once, before it sends objects. */
  listensFor: 'status' | 'objects' | 'nothing';
}

/**
 * One session with a client that pushes; see `docs/contracts/artifact-cache.md`. Nothing is visible before all of it is
 * there and was checked, and nothing stays of a session that throws. Any number may go on at a time. Throws `CacheError`
 * for whatever the client does wrong or the repository cannot take, where no message can tell the client.
 */
export async function receivePush(options: ReceiveOptions): Promise<ReceiveOutcome> {
  const { repository, input, send, idleMs, signal } = options;
  const source = createByteSource(input, { idleMs, ...(signal !== undefined && { signal }) });
  const client = await expectMessage(source, 'info');
  if (client.mode !== ARCHIVE_MODE) {
    throw new CacheError(
      'PROTOCOL',
      `The client pushes from a repository of the mode ${client.mode}, not ${ARCHIVE_MODE} (archive-z2)`,
    );
  }
  await send(await answerInfo(client, repository, options.pullUrl));
  const next = await expectMessage(source, 'update', 'done');
  if (next.type === 'done') return { type: 'nothing' };
  const isSlipway = client.slipway !== undefined;
  const session: Session = { ...options, source, isSlipway, updates: next.updates, listensFor: 'status' };
  try {
    return await takeUpdate(session);
  } catch (error) {
    if (!(error instanceof CacheError) || session.listensFor === 'nothing') throw error;
    return await refuse(session, error);
  }
}

async function takeUpdate(session: Session): Promise<ReceiveOutcome> {
  const { repository, rights, updates, source, send, log, signal, isSlipway } = session;
  requireAcceptable(updates, rights);
  const room = createPushRoom(repository);
  await room.requireAny();
  await using staging = await repository.openStaging({ resumable: isSlipway });
  await send(encodeMessage({ type: 'status', result: true, message: '' }));
  session.listensFor = isSlipway ? 'objects' : 'nothing';
  if (isSlipway) await hearOffer(session, { staging, room });
  if (!(await awaitObjects(session))) return { type: 'nothing' };
  const commits = new Set(updates.map(({ to }) => to));
  const { objects, bytes } = await receiveObjects(source, { staging, commits, room, log });
  await expectMessage(source, 'done');
  await room.make(signal);
  const refs = updates.map(({ ref, to }) => ({ ref, commit: to }));
  const published = await staging.publish(refs, {
    mayWrite: (ref) => mayWrite(rights, ref),
    ...(rights.writeOnce !== undefined && { writeOnce: rights.writeOnce }),
    ...(signal !== undefined && { signal }),
  });
  for (const { ref, commit } of published.moved) log.debug(`${ref} is ${commit} now`);
  // Originals show a person nothing of a push that went well.
  const tell = isSlipway ? log.error : log.debug;
  for (const ref of await stayedRefs(repository, published.kept)) tell(stayedText(ref));
  log.debug(`${objects} objects came with ${formatBytes(bytes)}; ${published.newObjects} were new`);
  await send(encodeMessage({ type: 'done' }));
  return { type: 'published', published };
}

/** Before anything is sent: what can be known to fail now costs nobody a transfer. */
function requireAcceptable(updates: readonly RefUpdate[], rights: PushRights): void {
  if (rights.readOnly)
    throw new CacheError('FORBIDDEN', 'This key may not push here: it may only look what is there');
  requireRefs(
    updates.map(({ ref, to }) => ({ ref, commit: to })),
    {
      mayWrite: (ref) => mayWrite(rights, ref),
      refusal(shown) {
        const places = rights.writePrefixes.map((prefix) => `${prefix}/`).join(', ');
        return `This key may not write ${shown}, only what is below ${places}`;
      },
    },
  );
}

async function hearOffer({ source, send, log }: Session, places: NegotiatePlaces): Promise<void> {
  const { offered, wanted } = await negotiate(source, send, places);
  log.debug(`${wanted} of ${offered} objects are missing here`);
}

/**
 * Waits for objects; false where none will come. Clients of 2018 say that they are done when one ref cannot be updated,
 * and send the objects of the others all the same.
 */
async function awaitObjects({ source, secondThoughtsMs = SECOND_THOUGHTS_MS }: Session): Promise<boolean> {
  for (;;) {
    const message = await expectMessage(source, 'putobjects', 'done');
    if (message.type === 'putobjects') return true;
    if ((await source.wait(secondThoughtsMs)) !== 'bytes') return false;
  }
}

/** Tells the client why, where it can still be reached. */
async function refuse({ source, send, listensFor }: Session, reason: CacheError): Promise<ReceiveOutcome> {
  const message = reason.hint === undefined ? reason.message : `${reason.message} (${reason.hint})`;
  try {
    await send(encodeMessage({ type: 'status', result: false, message }));
  } catch (cause) {
    throw new CacheError(reason.code, reason.message, { cause }); // nobody hears it: what went wrong first is what counts
  }
  await sayGoodbye(source, listensFor === 'status' ? 'done' : 'end');
  return { type: 'refused', reason };
}
