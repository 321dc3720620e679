import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { statelessHostname } from './stateless-hostname.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

function decode(label: string): Buffer {
  const bits = [...label].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

it('a stateless host name holds address, expiry and salt, and a signature of them', () => {
  const name = statelessHostname({
    address: '203.0.113.7',
    expiresAt: 1_700_000_000_000,
    secret: 'secret',
    domain: 'workers.example.com',
    salt: Buffer.from([1, 2]),
  });
  const [label = '', ...domain] = name.split('.');
  expect(domain.join('.')).toBe('workers.example.com');
  expect(label).toHaveLength(48);
  const bytes = decode(label);
  expect([...bytes.subarray(0, 4)]).toEqual([203, 0, 113, 7]);
  expect(bytes.readBigInt64BE(4)).toBe(1_700_000_000_000n);
  expect([...bytes.subarray(12, 14)]).toEqual([1, 2]);
  const signature = createHmac('sha256', 'secret').update(bytes.subarray(0, 14)).digest().subarray(0, 16);
  expect(bytes.subarray(14)).toEqual(signature);
});
