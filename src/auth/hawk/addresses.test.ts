import { describe, expect, it } from 'vitest';
import type { SignedRequest } from '../caller.ts';
import { addressesOf } from './addresses.ts';

const seen = (headers: SignedRequest['headers'], trustProxy = false, isTls = false): readonly string[] =>
  addressesOf({ method: 'GET', url: '/', headers, isTls }, { trustProxy }).map(
    ({ host, port }) => `${host} ${port}`,
  );

describe('the address that a client used', () => {
  it('is what its Host header says, with the port of the scheme where there is none', () => {
    expect(seen({ host: 'a.b' })).toEqual(['a.b 80']);
    expect(seen({ host: 'a.b' }, false, true)).toEqual(['a.b 443']);
    expect(seen({ host: 'a.b:81' }, false, true)).toEqual(['a.b 81']);
  });

  it('may be an IPv6 address, whose brackets some clients leave out', () => {
    expect(seen({ host: '[::1]:8080' })).toEqual(['[::1] 8080', '::1 8080']);
  });

  it('is not what a proxy says that nobody trusts', () => {
    const forwarded = { 'x-forwarded-host': 'c', 'x-forwarded-port': '9', 'x-forwarded-proto': 'https' };
    expect(seen({ host: 'a', ...forwarded })).toEqual(['a 80']);
  });

  it('has the port that a trusted proxy says, or that of https', () => {
    expect(seen({ host: 'a:8080', 'x-forwarded-port': '9' }, true)[0]).toBe('a 9');
    expect(seen({ host: 'a', 'x-forwarded-proto': 'https' }, true)[0]).toBe('a 443');
    expect(seen({ host: 'a', 'x-forwarded-proto': 'https, http' }, true)[0]).toBe('a 443');
  });

  it('is looked for under both names where a trusted proxy changed it', () => {
    const addresses = seen(
      { host: 'inner:8080', 'x-forwarded-host': 'outer', 'x-forwarded-proto': 'https' },
      true,
    );
    expect(addresses).toEqual(['inner 443', 'inner 8080', 'outer 443']);
  });

  it('is also the one that the server is known by', () => {
    const root = { host: 'build.example', port: 443 };
    const request = { method: 'GET', url: '/', headers: { host: 'inner:8080' }, isTls: false };
    expect(addressesOf(request, { trustProxy: false, root })).toEqual([{ host: 'inner', port: 8080 }, root]);
  });

  it.each([undefined, '', 'a/b', 'a b', 'a:b', 'a:123456', 'x'.repeat(301), '[::1', 'a@b'])(
    'is refused as %s',
    (host) => {
      expect(() => seen({ host })).toThrow('the Host header is missing');
    },
  );
});
