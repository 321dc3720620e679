import { describe, expect, test } from 'vitest';
import { decodeDictionary, encodeDictionary } from './index.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const EMPTY_INFO = hex('6d6f646500000000 01000000 0069 05 00 7265667300000000 00617b73737d 05 0f1f');

describe('the messages of a captured session', () => {
  test('an info is written byte for byte', () => {
    const values = new Map([
      ['mode', { type: 'i', value: 1 }],
      ['refs', { type: 'a{ss}', value: new Map() }],
    ] as const);
    expect(encodeDictionary(values, 'le').toString('hex')).toBe(EMPTY_INFO.toString('hex'));
  });

  test('an info is read', () => {
    expect(decodeDictionary(EMPTY_INFO, 'le')).toEqual(
      new Map<string, unknown>([
        ['mode', { type: 'i', value: 1 }],
        ['refs', { type: 'a{ss}', value: new Map() }],
      ]),
    );
  });

  test('the answer of a later receiver has its address in it', () => {
    const bytes = hex(
      `6d6f646500000000010000000069 05 00 7265667300000000 00617b73737d 05 00 70756c6c5f75726c 0000000000000000
       ${Buffer.from('http://127.0.0.1:18931/shared').toString('hex')} 00 00 73 09 0f1f51`,
    );
    expect(bytes.length).toBe(0x54);
    const values = decodeDictionary(bytes, 'le');
    expect(values.get('pull_url')).toEqual({ type: 's', value: 'http://127.0.0.1:18931/shared' });
  });

  test('a status is read and written', () => {
    const bytes = hex('726573756c740000 01 00 62 07 00000000 6d65737361676500 00 00 73 08 0c1c');
    const values = new Map([
      ['result', { type: 'b', value: true }],
      ['message', { type: 's', value: '' }],
    ] as const);
    expect(decodeDictionary(bytes, 'le')).toEqual(values);
    expect(encodeDictionary(values, 'le').toString('hex')).toBe(bytes.toString('hex'));
  });

  test('an update of two refs has the length and the offsets of the original', () => {
    const update = { type: '(ss)', value: ['0'.repeat(64), '53'.repeat(32)] } as const;
    const bytes = encodeDictionary(
      new Map([
        ['test/hello/aaaa1111', update],
        ['test/hello/bbbb2222', update],
      ]),
      'le',
    );
    expect(bytes.length).toBe(0x14d);
    expect(bytes.subarray(-4).toString('hex')).toBe('a1004901');
    expect(bytes[0xa0]).toBe(0x14);
    expect(decodeDictionary(bytes, 'le').get('test/hello/bbbb2222')).toEqual(update);
  });

  test('numbers of a big-endian sender are turned around, and offsets are not', () => {
    const bytes = encodeDictionary(new Map([['mode', { type: 'i', value: 1 }]]), 'be');
    expect(bytes.toString('hex')).toBe('6d6f646500000000000000010069050f');
    expect(decodeDictionary(bytes, 'be').get('mode')).toEqual({ type: 'i', value: 1 });
    expect(decodeDictionary(bytes, 'le').get('mode')).toEqual({ type: 'i', value: 0x0100_0000 });
  });

  test('no bytes are an empty dictionary', () => {
    expect(decodeDictionary(Buffer.alloc(0), 'le').size).toBe(0);
    expect(encodeDictionary(new Map(), 'le').length).toBe(0);
  });
});
