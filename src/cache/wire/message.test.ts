import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { array, encodeVariant, entry, STRING, variant } from '../ostree/gvariant/index.ts';
import { createByteSource } from './byte-source.ts';
import { encodeMessage } from './encode-message.ts';
import { encodeFrame } from './frame.ts';
import type { Message } from './message.ts';
import { expectMessage, readMessage } from './message-reader.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const sourceOf = (...chunks: readonly Uint8Array[]) =>
  createByteSource(
    (async function* () {
      yield* chunks;
    })(),
  );

async function decode(bytes: Uint8Array): Promise<Message> {
  const source = sourceOf(bytes);
  const message = await readMessage(source);
  if (message === undefined || source.available > 0) throw new Error('not one message');
  return message;
}

/** `a{sv}` with values of any type. */
const bodyOf = (...values: readonly (readonly [string, string, unknown])[]): Buffer =>
  encodeVariant(
    array(entry(STRING, variant('le'))),
    values.map(([key, type, value]) => [key, { type, value }] as const),
  );

/** A session that BuildStream 1.0.1 and its receiver had with each other, byte for byte. */
const CAPTURED: readonly (readonly [string, Buffer, Message])[] = [
  [
    'info of the client',
    hex(`6c01002100 6d6f646500000000 01000000 0069 05 00
         7265667300000000 00 617b73737d 05 0f1f`),
    { type: 'info', mode: 1, refs: new Map() },
  ],
  [
    'info of the receiver',
    hex(`6c01005400 6d6f646500000000 01000000 0069 05 00 7265667300000000 00617b73737d 05 00
         70756c6c5f75726c 0000000000000000
         ${Buffer.from('http://127.0.0.1:18931/shared').toString('hex')} 00 00 73 09 0f1f51`),
    { type: 'info', mode: 1, refs: new Map(), pullUrl: 'http://127.0.0.1:18931/shared' },
  ],
  [
    'status of the receiver',
    hex('6c01031e00 726573756c740000 01 00 62 07 00000000 6d65737361676500 00 00 73 08 0c1c'),
    { type: 'status', result: true, message: '' },
  ],
  ['putobjects', hex('6c01020000'), { type: 'putobjects' }],
  ['done', hex('6c01040000'), { type: 'done' }],
];

describe('messages', () => {
  it.each(CAPTURED)('are those of a captured session: %s', async (_, bytes, message) => {
    expect(encodeMessage(message).toString('hex')).toBe(bytes.toString('hex'));
    expect(await decode(bytes)).toEqual(message);
  });

  it('lay an update out as the captured session does', async () => {
    const from = '0'.repeat(64);
    const updates = ['aaaa1111', 'bbbb2222'].map((key) => ({
      ref: `test/hello/${key}`,
      from,
      to: 'a'.repeat(64),
    }));
    const bytes = encodeMessage({ type: 'update', updates });
    expect(bytes.length).toBe(5 + 0x14d);
    expect(bytes.subarray(0, 5).toString('hex')).toBe('6c01014d01');
    const body = bytes.subarray(5);
    expect(body.indexOf(from)).toBe(0x18); // the variant starts at a multiple of eight
    expect(body[0x18 + 130]).toBe(0x41); // where the first string of the pair ends
    expect(body.subarray(0x18 + 131, 0x18 + 136).toString('latin1')).toBe('\0(ss)');
    expect(body[0xa0]).toBe(0x14); // where the key ends
    expect(body.subarray(-4).toString('hex')).toBe('a1004901');
    expect(await decode(bytes)).toEqual({ type: 'update', updates });
  });

  it('have the numbers of a big-endian sender in its order, and offsets in the usual one', async () => {
    const message: Message = {
      type: 'info',
      mode: 1,
      refs: new Map([['p/e/k', 'c'.repeat(64)]]),
      slipway: 1,
    };
    const bytes = encodeMessage(message, 'be');
    expect(bytes.subarray(0, 3).toString('latin1')).toBe('B\x01\0');
    expect(bytes.readUInt16BE(3)).toBe(bytes.length - 5);
    expect(bytes.readInt32BE(5 + 8)).toBe(1);
    expect(await decode(bytes)).toEqual(message);
  });

  it('are what was sent, in either order and however they are cut', async () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 40 }).filter((value) => !value.includes('\0'));
    const refs = fc.dictionary(text, text, { maxKeys: 30 }).map((found) => new Map(Object.entries(found)));
    const message: fc.Arbitrary<Message> = fc.oneof(
      fc.record({
        type: fc.constant('info' as const),
        mode: fc.integer({ min: -5, max: 2 ** 31 - 1 }),
        refs,
      }),
      fc.record({
        type: fc.constant('info' as const),
        mode: fc.constant(1),
        refs,
        pullUrl: text,
        slipway: fc.nat(),
      }),
      fc.record({ type: fc.constant('status' as const), result: fc.boolean(), message: text }),
      fc.record({
        type: fc.constant('update' as const),
        updates: fc.uniqueArray(fc.record({ ref: text, from: text, to: text }), {
          selector: ({ ref }) => ref,
        }),
      }),
      fc.record({
        type: fc.constant('offer' as const),
        entries: fc.uint8Array().map((it) => Buffer.from(it)),
      }),
      fc.record({ type: fc.constant('want' as const), bits: fc.uint8Array().map((it) => Buffer.from(it)) }),
      fc.constantFrom<Message>({ type: 'putobjects' }, { type: 'done' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 5 }),
        fc.constantFrom('le' as const, 'be' as const),
        fc.integer({ min: 1, max: 50 }),
        async (messages, order, size) => {
          const bytes = Buffer.concat(messages.map((each) => encodeMessage(each, order)));
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            bytes.subarray(at * size, (at + 1) * size),
          );
          const source = sourceOf(...pieces);
          for (const each of messages) expect(await readMessage(source)).toEqual(each);
          expect(await readMessage(source)).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of any bytes are read or refused, and nothing else', async () => {
    const header = fc.tuple(
      fc.constantFrom(0x6c, 0x42),
      fc.constant(1),
      fc.constantFrom(0, 1, 2, 3, 4, 16, 17),
    );
    await fc.assert(
      fc.asyncProperty(header, fc.uint8Array({ maxLength: 120 }), async ([order, version, type], body) => {
        const length =
          order === 0x6c ? [body.length & 0xff, body.length >> 8] : [body.length >> 8, body.length & 0xff];
        const bytes = Buffer.from([order, version, type, ...length, ...body]);
        const read = await decode(bytes).then(
          (message) => encodeMessage(message).length > 0,
          (error: unknown) => error,
        );
        if (read !== true) expect(read).toMatchObject({ code: 'PROTOCOL' });
      }),
      { numRuns: 2000 },
    );
  });

  it('pass over keys that they do not know, whatever these hold', async () => {
    const body = bodyOf(
      ['later', 'a{sas}', [['key', ['one', 'two']]]],
      ['mode', 'i', 1],
      ['even-later', 't', 7n],
      ['refs', 'a{ss}', [['p/e/k', 'c']]],
    );
    const refs = new Map([['p/e/k', 'c']]);
    expect(await decode(encodeFrame(0, body))).toEqual({ type: 'info', mode: 1, refs });
  });

  it.each([
    ['of another byte order', hex('4201')],
    ['that ends inside of its header', hex('6c0100')],
    ['that ends inside of its body', hex('6c01000a006d6f6465')],
  ])('refuse one %s', async (_, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it.each([
    ['says neither l nor B', hex('7801040000'), /starts with the byte 120/],
    ['has another version', hex('6c02040000'), /version 2/],
    ['has a type that there is not', hex('6c01050000'), /type 5/],
    ['lacks refs', encodeFrame(0, bodyOf(['mode', 'i', 1])), /"refs".*is not there/],
    ['has a mode that is text', encodeFrame(0, bodyOf(['mode', 's', '1'])), /"mode".*has the type s/],
    [
      'has refs that are a list',
      encodeFrame(0, bodyOf(['mode', 'i', 1], ['refs', 'as', []])),
      /"refs".*has the type as/,
    ],
    ['names a ref twice', encodeFrame(1, bodyOf(['a', '(ss)', ['', '']], ['a', '(ss)', ['', '']])), /twice/],
    ['names a ref and one commit', encodeFrame(1, bodyOf(['a', 's', ''])), /"a".*has the type s/],
    ['has a result that is a number', encodeFrame(3, bodyOf(['result', 'i', 1])), /"result".*has the type i/],
  ])('refuse one that %s', async (_, bytes, why) => {
    await expect(decode(bytes)).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(why),
    });
  });

  it('refuse to be larger than a header can say', () => {
    const refs = new Map(Array.from({ length: 1000 }, (_, at) => [`project/element/${at}`, 'a'.repeat(64)]));
    expect(() => encodeMessage({ type: 'info', mode: 1, refs })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
    const largest = encodeMessage({ type: 'want', bits: Buffer.alloc(0xffff, 1) });
    expect(largest.length).toBe(5 + 0xffff);
  });

  it('are taken without a byte of what follows', async () => {
    const source = sourceOf(hex('6c010200006c01'), hex('040000ff'));
    expect(await expectMessage(source, 'putobjects')).toEqual({ type: 'putobjects' });
    expect(await expectMessage(source, 'status', 'done')).toEqual({ type: 'done' });
    expect(source.take(10).toString('hex')).toBe('ff');
  });

  it('say what was expected where another comes, or none', async () => {
    await expect(expectMessage(sourceOf(hex('6c01040000')), 'info', 'update')).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'The message "info" or "update" was expected from the other side, and "done" came',
    });
    await expect(expectMessage(sourceOf(), 'info')).rejects.toMatchObject({
      message: 'The message "info" was expected from the other side, and the connection ended',
    });
  });
});
