import { unreachable } from '../../kernel/index.ts';
import { type ByteOrder, type DictionaryValue, encodeDictionary } from '../ostree/gvariant/index.ts';
import { encodeFrame } from './frame.ts';
import { MESSAGE_NUMBER, type Message } from './message.ts';

/**
 * The bytes of a message, keys in the order in which the original writes them. Throws `TOO_LARGE` for one that does not
 * fit into 65,535 bytes. Senders have the byte order that they like; the default is that of nearly all machines.
 */
export function encodeMessage(message: Message, order: ByteOrder = 'le'): Buffer {
  return encodeFrame(MESSAGE_NUMBER[message.type], bodyOf(message, order), order);
}

function bodyOf(message: Message, order: ByteOrder): Uint8Array {
  switch (message.type) {
    case 'info':
      return encodeDictionary(infoValues(message), order);
    case 'update':
      return encodeDictionary(
        new Map(message.updates.map(({ ref, from, to }) => [ref, { type: '(ss)', value: [from, to] }])),
        order,
      );
    case 'status':
      return encodeDictionary(
        new Map<string, DictionaryValue>([
          ['result', { type: 'b', value: message.result }],
          ['message', { type: 's', value: message.message }],
        ]),
        order,
      );
    case 'putobjects':
    case 'done':
      return Buffer.alloc(0);
    case 'offer':
      return message.entries;
    case 'want':
      return message.bits;
    default:
      return unreachable(message);
  }
}

function infoValues({ mode, refs, pullUrl, slipway }: Extract<Message, { type: 'info' }>) {
  const values = new Map<string, DictionaryValue>([
    ['mode', { type: 'i', value: mode }],
    ['refs', { type: 'a{ss}', value: refs }],
  ]);
  if (pullUrl !== undefined) values.set('pull_url', { type: 's', value: pullUrl });
  if (slipway !== undefined) values.set('slipway', { type: 'i', value: slipway });
  return values;
}
