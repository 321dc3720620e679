// The push clients of BuildStream 1, as their sessions were observed: what they send, in which order, and the mistakes that
// receivers have to live with. They speak over any connection: ssh, or a receiver that was started directly.
import type { Ref } from '../repository/repository.ts';
import { createByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import type { Message } from '../wire/message.ts';
import { expectMessage } from '../wire/message-reader.ts';
import { encodeOriginalTar, type OriginalMember, type OriginalTarOptions } from './original-tar.ts';

/**
 * Which client: `seed` of 2017, `1.0`, the development series `1.1`, and the last one of 2018, `pre-cas`. All but the last
 * one always say that they have no refs, and so send everything.
 */
export type OriginalVersion = 'seed' | '1.0' | '1.1' | 'pre-cas';

/** Both directions to a receiver. */
export interface Connection {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when it may go on; rejects where nobody takes it. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes the direction to the receiver. */
  end(): void;
  /** How the receiver ended: its exit status. */
  readonly exit: Promise<number | null>;
}

export interface OriginalClientOptions {
  readonly version: OriginalVersion;
  /** Of the machine of the client. @defaultValue le */
  readonly order?: 'le' | 'be';
  /** Which python sent the tar: up to 3.7 it was `gnu`. @defaultValue pax */
  readonly tar?: OriginalTarOptions;
}

/** What the client tells its user. */
export type OriginalOutcome =
  | { readonly type: 'pushed' }
  | { readonly type: 'nothing to update' }
  | { readonly type: 'failed'; readonly message: string };

export interface OriginalPush {
  readonly refs: readonly Ref[];
  /** Everything that can be reached, in any order. */
  readonly objects: readonly OriginalMember[];
}

const NO_COMMIT = '0'.repeat(64);
const ARCHIVE_Z2 = 1;

/**
 * Asks whether a receiver is there, as clients do at their start: the connection stays open, and the receiver has to end by
 * itself. Gives the address to pull from, and throws as the client does where it needs one.
 */
export async function originalHello(
  connection: Connection,
  { version, order = 'le' }: OriginalClientOptions,
): Promise<{ readonly pullUrl?: string; readonly exitCode: number | null }> {
  const send = sender(connection, order);
  await send({ type: 'info', mode: ARCHIVE_Z2, refs: new Map() });
  if (version === 'seed') {
    await send({ type: 'done' }); // it never reads what is answered
    return { exitCode: await connection.exit };
  }
  const info = await expectMessage(createByteSource(connection.input), 'info');
  await send({ type: 'done' });
  const exitCode = await connection.exit;
  if (info.pullUrl === undefined || info.pullUrl === '')
    throw new Error('the server says no pull_url: it is too old');
  return { pullUrl: info.pullUrl, exitCode };
}

/** Pushes as that version does. Whatever fails on the connection is what that client would report. */
export async function originalPush(
  connection: Connection,
  push: OriginalPush,
  options: OriginalClientOptions,
): Promise<OriginalOutcome> {
  try {
    return await converse(connection, push, options);
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    connection.end();
    await connection.exit; // of which it does not ask how it was
  }
}

async function converse(
  connection: Connection,
  { refs, objects }: OriginalPush,
  { version, order = 'le', tar }: OriginalClientOptions,
): Promise<OriginalOutcome> {
  const send = sender(connection, order);
  const source = createByteSource(connection.input);
  const own = version === 'pre-cas' ? refs : [];
  await send({ type: 'info', mode: ARCHIVE_Z2, refs: new Map(own.map(({ ref, commit }) => [ref, commit])) });
  const info = await expectMessage(source, 'info');
  const changed = refs.filter(({ ref, commit }) => info.refs.get(ref) !== commit);
  if (changed.length === 0) {
    await send({ type: 'done' });
    return { type: 'nothing to update' };
  }
  const from = (ref: string): string => info.refs.get(ref) ?? NO_COMMIT;
  await send({
    type: 'update',
    updates: changed.map(({ ref, commit }) => ({ ref, from: from(ref), to: commit })),
  });
  const status = await expectMessage(source, 'status');
  if (!status.result) {
    await send({ type: 'done' });
    return { type: 'failed', message: status.message };
  }
  // The mistake of 2018: for each ref that names another commit there, none of which is ever an ancestor.
  const others = changed.filter(({ ref }) => from(ref) !== NO_COMMIT);
  for (const _ of others) await send({ type: 'done' });
  if (others.length === changed.length) return { type: 'nothing to update' };
  await send({ type: 'putobjects' });
  await connection.write(encodeOriginalTar(objects, tar));
  await send({ type: 'done' });
  await expectMessage(source, 'done');
  return { type: 'pushed' };
}

const sender =
  (connection: Connection, order: 'le' | 'be') =>
  async (message: Message): Promise<void> => {
    await connection.write(encodeMessage(message, order));
  };
