import { unreachable } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import {
  type ByteOrder,
  decodeDictionary,
  type FoundValue,
  GVariantError,
} from '../ostree/gvariant/index.ts';
import { MESSAGE_NUMBER, type Message, type RefUpdate } from './message.ts';

type Dictionary = ReadonlyMap<string, FoundValue>;

const TYPES: ReadonlyMap<number, Message['type']> = new Map(
  // `Object.entries` forgets which keys these are.
  Object.entries(MESSAGE_NUMBER).map(([type, number]) => [number, type as Message['type']]),
);

/** The type of message that has this number. Throws `PROTOCOL`. */
export function messageType(number: number): Message['type'] {
  const type = TYPES.get(number);
  if (type !== undefined) return type;
  throw new CacheError('PROTOCOL', `The other side sent a message of the type ${number}, which there is not`);
}

/** What a body says. Unknown keys are passed over, as the original does. Throws `PROTOCOL`. The bytes may be borrowed. */
export function decodeMessage(type: Message['type'], body: Buffer, order: ByteOrder): Message {
  try {
    return read(type, body, order);
  } catch (error) {
    if (!(error instanceof GVariantError)) throw error;
    throw malformed(type, error.message);
  }
}

function read(type: Message['type'], body: Buffer, order: ByteOrder): Message {
  switch (type) {
    case 'info':
      return readInfo(decodeDictionary(body, order));
    case 'update':
      return { type, updates: [...decodeDictionary(body, order)].map(readUpdate) };
    case 'status': {
      const values = decodeDictionary(body, order);
      return { type, result: boolean(values, type, 'result'), message: text(values, type, 'message') ?? '' };
    }
    case 'putobjects':
    case 'done':
      // Nothing is in them yet; what a later version puts there is its own business, if it is a dictionary.
      decodeDictionary(body, order);
      return { type };
    case 'offer':
      return { type, entries: Buffer.from(body) };
    case 'want':
      return { type, bits: Buffer.from(body) };
    default:
      return unreachable(type);
  }
}

function readInfo(values: Dictionary): Message {
  const mode = values.get('mode');
  const refs = values.get('refs');
  if (mode?.type !== 'i') throw malformed('info', wrong('mode', 'i', mode));
  if (refs?.type !== 'a{ss}') throw malformed('info', wrong('refs', 'a{ss}', refs));
  const pullUrl = text(values, 'info', 'pull_url');
  const slipway = values.get('slipway');
  if (slipway !== undefined && slipway.type !== 'i') throw malformed('info', wrong('slipway', 'i', slipway));
  return {
    type: 'info',
    mode: mode.value,
    refs: refs.value,
    ...(pullUrl !== undefined && { pullUrl }),
    ...(slipway !== undefined && { slipway: slipway.value }),
  };
}

function readUpdate([ref, found]: readonly [string, FoundValue]): RefUpdate {
  if (found.type !== '(ss)') throw malformed('update', wrong(ref, '(ss)', found));
  const [from, to] = found.value;
  return { ref, from, to };
}

function boolean(values: Dictionary, type: Message['type'], key: string): boolean {
  const found = values.get(key);
  if (found?.type !== 'b') throw malformed(type, wrong(key, 'b', found));
  return found.value;
}

function text(values: Dictionary, type: Message['type'], key: string): string | undefined {
  const found = values.get(key);
  if (found !== undefined && found.type !== 's') throw malformed(type, wrong(key, 's', found));
  return found?.value;
}

function wrong(key: string, expected: string, found: FoundValue | undefined): string {
  const is =
    found === undefined
      ? 'is not there'
      : `has the type ${found.type === 'other' ? found.signature : found.type}`;
  return `${JSON.stringify(key)} of the type ${expected} is expected and ${is}`;
}

function malformed(type: Message['type'], why: string): CacheError {
  return new CacheError('PROTOCOL', `The other side sent a message "${type}" that makes no sense: ${why}`);
}
