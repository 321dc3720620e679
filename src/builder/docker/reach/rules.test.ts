import { describe, expect, it } from 'vitest';
import { isReachPattern, readPlace } from './place.ts';
import { reachRules } from './rules.ts';

const OWN = () => ['198.51.100.7', '2001:db8::7', 'fe80::1%eth0'];

describe('what builds reach where nothing is listed', () => {
  const rules = reachRules([], OWN);
  const takes = (address: string) => rules.takes({ host: 'x', port: 443 }, address);

  it.each(['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.17.0.1', '192.168.1.1', '100.100.100.200'])(
    'is not %s',
    (address) => expect(takes(address)).toBe(false),
  );

  it.each([
    '169.254.169.254',
    '255.255.255.255',
    '239.1.1.1',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
  ])('is not %s', (address) => expect(takes(address)).toBe(false));

  it.each([
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::127.0.0.1',
  ])('is not %s', (address) => expect(takes(address)).toBe(false));

  it.each(['198.51.100.7', '::ffff:198.51.100.7', '2001:db8::7'])(
    'is not %s, which is this machine',
    (address) => expect(takes(address)).toBe(false),
  );

  it.each(['8.8.8.8', '203.0.113.80', '2606:4700::1', '172.15.0.1', '172.32.0.1'])('is %s', (address) =>
    expect(takes(address)).toBe(true),
  );

  it('is nothing at other ports than those of the web', () => {
    expect(rules.refusal({ host: 'x.example', port: 443 })).toBeUndefined();
    expect(rules.refusal({ host: 'x.example', port: 22 })).toMatch(/port 22 is not 80 or 443/);
  });
});

describe('what builds reach where hosts are listed', () => {
  const rules = reachRules(['pypi.org', '*.Example.com:8443', '[fd00::5]:8080', 'mirror.lan:3000']);
  const reaches = (host: string, port: number) => rules.refusal({ host, port }) === undefined;

  it.each([
    ['pypi.org', 443],
    ['pypi.org', 80],
    ['a.b.example.com', 8443],
    ['fd00::5', 8080],
    ['mirror.lan', 3000],
  ])('is %s:%i, whatever address it has', (host, port) => {
    expect(reaches(host, port)).toBe(true);
    expect(rules.takes({ host, port }, '10.0.0.1')).toBe(true);
  });

  it.each([
    ['pypi.org', 8080],
    ['evil-pypi.org', 443],
    ['pypi.org.evil', 443],
    ['example.com', 8443],
    ['badexample.com', 8443],
    ['mirror.lan', 443],
    ['8.8.8.8', 443],
  ])('is not %s:%i', (host, port) => expect(reaches(host, port)).toBe(false));
});

describe('a place', () => {
  it.each([
    ['PyPI.org.:443', { host: 'pypi.org', port: 443 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['host', undefined],
    ['host:0', undefined],
    ['host:70000', undefined],
    ['user@host:80', undefined],
    ['a b:80', undefined],
    ['host:80/path', undefined],
  ])('%j is read as %j', (text, place) => expect(readPlace(text)).toEqual(place));

  it.each(['pypi.org', '*.pythonhosted.org', '10.0.0.5:3000', 'a_b.lan', '[fd00::1]:80'])(
    'may be listed as %j',
    (text) => expect(isReachPattern(text)).toBe(true),
  );

  it.each(['', '*', '*.', '*.10.0.0.1', 'https://pypi.org', 'a..b', 'a b', 'x:y', '*.*.org', '-a'])(
    'may not be listed as %j',
    (text) => expect(isReachPattern(text)).toBe(false),
  );
});
