import { CacheError } from '../error.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeMessage, messageType } from './decode-message.ts';
import { decodeFrameHeader, MESSAGE_HEADER_BYTES } from './frame.ts';
import type { Message } from './message.ts';

/**
 * Takes the next message and not one byte more, so that a tar may follow. `undefined` where the stream ends between two
 * messages. Throws `PROTOCOL`, also where it ends inside of one, and what the source throws.
 */
export async function readMessage(source: ByteSource): Promise<Message | undefined> {
  if (!(await source.fill(MESSAGE_HEADER_BYTES))) {
    if (source.available === 0) return undefined;
    throw cut();
  }
  const { order, type, bodyBytes } = decodeFrameHeader(source.take(MESSAGE_HEADER_BYTES));
  const name = messageType(type); // before its body: of what is none, nothing more is waited for
  if (!(await source.fill(bodyBytes))) throw cut();
  return decodeMessage(name, source.take(bodyBytes), order);
}

/** Takes the next message, which has to be of one of these types. Throws `PROTOCOL`, also at the end of the stream. */
export async function expectMessage<T extends Message['type']>(
  source: ByteSource,
  ...types: readonly T[]
): Promise<Extract<Message, { readonly type: T }>> {
  const message = await readMessage(source);
  const isExpected = (found: Message): found is Extract<Message, { readonly type: T }> =>
    types.some((type) => type === found.type);
  if (message !== undefined && isExpected(message)) return message;
  const expected = types.map((type) => `"${type}"`).join(' or ');
  const found = message === undefined ? 'the connection ended' : `"${message.type}" came`;
  throw new CacheError('PROTOCOL', `The message ${expected} was expected from the other side, and ${found}`);
}

function cut(): CacheError {
  return new CacheError('PROTOCOL', 'The connection ended in the middle of a message');
}
