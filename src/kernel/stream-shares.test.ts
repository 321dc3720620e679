import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createStreamShares } from './stream-shares.ts';

const from = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage; // all that is read

it('a client has so many streams wherever it is, and gets another one for each that ends', () => {
  const shares = createStreamShares({ trustProxy: false, most: 2 });
  const [first, second] = [shares.take(from('10.0.0.1'), 'ci'), shares.take(from('10.0.0.2'), 'ci')];
  expect(shares.take(from('10.0.0.3'), 'ci')).toBeUndefined();
  expect(shares.take(from('10.0.0.1'), 'else')).toBeDefined();
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose](); // counts once
  expect(shares.take(from('10.0.0.3'), 'ci')).toBeDefined();
  expect(shares.take(from('10.0.0.3'), 'ci')).toBeUndefined();
  second?.[Symbol.dispose]();
});

it('who does not sign shares with all at the same address', () => {
  const shares = createStreamShares({ trustProxy: false, most: 1 });
  expect(shares.take(from('2001:db8:1:2::3'))).toBeDefined();
  expect(shares.take(from('2001:db8:1:2::4'))).toBeUndefined();
  expect(shares.take(from('2001:db8:1:3::4', '2001:db8:1:2::3'))).toBeDefined();
});

it('the address is what a proxy says, where there is one', () => {
  const shares = createStreamShares({ trustProxy: true, most: 1 });
  expect(shares.take(from('127.0.0.1', '10.9.9.9, 10.0.0.1'))).toBeDefined();
  expect(shares.take(from('127.0.0.1', '10.0.0.2'))).toBeDefined();
  expect(shares.take(from('127.0.0.1', '10.0.0.1'))).toBeUndefined();
});
