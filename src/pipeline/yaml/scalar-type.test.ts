import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuMsOf } from '../../../test/support/cpu-time.ts';
import { plainScalarType } from './scalar-type.ts';

describe('plainScalarType', () => {
  test.each(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])(
    'reads %s as true',
    (text) => {
      expect(plainScalarType(text)).toEqual({ is: 'boolean', value: true });
    },
  );

  test.each(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])(
    'reads %s as false',
    (text) => {
      expect(plainScalarType(text)).toEqual({ is: 'boolean', value: false });
    },
  );

  test.each(['', '~', 'null', 'Null', 'NULL'])('reads %j as nothing', (text) => {
    expect(plainScalarType(text)).toEqual({ is: 'null' });
  });

  test.each([
    ['0', 0n],
    ['42', 42n],
    ['-7', -7n],
    ['+7', 7n],
    ['0x1F', 31n],
    ['-0x1f', -31n],
    ['010', 8n],
    ['-010', -8n],
    ['0b101', 5n],
    ['-0b11', -3n],
    ['1_000', 1000n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
  ])('reads %s as a whole number', (text, value) => {
    expect(plainScalarType(text)).toEqual({ is: 'int', value });
  });

  test.each([
    '1.5',
    '-1.5',
    '1.',
    '.5',
    '1e3',
    '1.5e-3',
    '08',
    '0_9',
    '.nan',
    '.inf',
    '-.INF',
    '18446744073709551616',
  ])('reads %s as a fraction', (text) => {
    expect(plainScalarType(text)).toEqual({ is: 'float' });
  });

  test.each([
    '22:22',
    '1:30:00',
    '1.2.3',
    '2015-01-01',
    'tRuE',
    'yEs',
    '0o17',
    '0x',
    '0b2',
    '1a',
    '-',
    '+',
    '.',
    '-.5x',
    '_1',
    'nan',
    'v1',
    'ubuntu:16.04',
  ])('reads %s as text', (text) => {
    expect(plainScalarType(text)).toEqual({ is: 'string' });
  });

  test('gives every whole number of 64 bits its own value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        expect(plainScalarType(String(value))).toEqual({ is: 'int', value });
      }),
    );
  });

  test('takes no time over a megabyte of digits', () => {
    const spentMs = cpuMsOf(() => {
      expect(plainScalarType('1'.repeat(1_000_000))).toEqual({ is: 'float' });
      expect(plainScalarType(`${'1'.repeat(1_000_000)}x`)).toEqual({ is: 'string' });
    });
    expect(spentMs).toBeLessThan(500);
  });
});
