import { formatDuration, visibleText } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { ByteSource } from '../wire/byte-source.ts';
import type { Message } from '../wire/message.ts';
import { readMessage } from '../wire/message-reader.ts';
import { ConnectionClosed, type Outgoing } from './outgoing.ts';

/** Both directions of a connection to a receiver. */
export interface Link {
  readonly source: ByteSource;
  readonly out: Outgoing;
  readonly limits: PushLimits;
}

/** How long the other side may be silent. */
export interface PushLimits {
  /** Until its first answer: a person may have to be asked for a password meanwhile. */
  readonly firstAnswerMs: number;
  /** Until every later one, and while it takes nothing. */
  readonly answerMs: number;
}

/** The next thing that the receiver says; a refusal is thrown. */
export async function nextMessage(
  { source, answered }: Pick<Link, 'source' | 'limits'> & { readonly answered?: Promise<void> },
  limitMs: number,
): Promise<Message> {
  const arrived = answered === undefined ? await source.wait(limitMs) : await within(answered, limitMs);
  if (arrived === 'silence') {
    throw new CacheError('UNAVAILABLE', `the receiver has not answered for ${formatDuration(limitMs)}`);
  }
  const message = await readMessage(source);
  if (message === undefined) throw new ConnectionClosed();
  if (message.type !== 'status' || message.result) return message;
  throw new CacheError('REFUSED', `the receiver refused: ${visibleText(message.message)}`);
}

async function within(answered: Promise<void>, limitMs: number): Promise<'silence' | undefined> {
  const { promise, resolve } = Promise.withResolvers<'silence'>();
  const timer = setTimeout(() => resolve('silence'), limitMs);
  try {
    return (await Promise.race([answered, promise])) ?? undefined;
  } finally {
    clearTimeout(timer);
  }
}

export const unexpected = ({ type }: Message, expected: Message['type']): CacheError =>
  new CacheError('PROTOCOL', `the receiver said "${type}" where "${expected}" was to come`);
