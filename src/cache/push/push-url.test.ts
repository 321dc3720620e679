import { describe, expect, it } from 'vitest';
import { CacheError } from '../error.ts';
import { parsePushUrl, pushTargetName } from './push-url.ts';

const ssh = (host: string, path: string, more: object = {}): object => ({ type: 'ssh', host, path, ...more });

const FORMS: readonly (readonly [string, number | undefined, object])[] = [
  ['artifacts@host.example:artifacts', undefined, ssh('host.example', 'artifacts', { user: 'artifacts' })],
  ['artifacts@host:artifacts', 22200, ssh('host', 'artifacts', { user: 'artifacts', port: 22200 })],
  ['host:/srv/a b', undefined, ssh('host', '/srv/a b')],
  ['me@corp.example@host:x', undefined, ssh('host', 'x', { user: 'me@corp.example' })],
  ['a@[::1]:x', undefined, ssh('::1', 'x', { user: 'a' })],
  ['[fe80::1%eth0]:x:y', undefined, ssh('fe80::1%eth0', 'x:y')],
  ['ssh://a@host:1234/srv/x', 22, ssh('host', '/srv/x', { user: 'a', port: 1234 })],
  ['ssh://a@host/srv/x', undefined, ssh('host', '/srv/x', { user: 'a' })],
  ['ssh://a@host/srv/x', 2222, ssh('host', '/srv/x', { user: 'a', port: 2222 })],
  ['SSH://host/a%20b', undefined, ssh('host', '/a b')],
  ['ssh://a@[2001:db8::1]:22/x', undefined, ssh('2001:db8::1', '/x', { user: 'a', port: 22 })],
  ['/srv/artifacts/', undefined, { type: 'folder', folder: '/srv/artifacts' }],
  ['/srv/a:b@c', undefined, { type: 'folder', folder: '/srv/a:b@c' }],
  ['file:///srv/artifacts', undefined, { type: 'folder', folder: '/srv/artifacts' }],
  ['file://localhost/srv/a%20b', undefined, { type: 'folder', folder: '/srv/a b' }],
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['-oProxyCommand=evil:x', /"-oProxyCommand=evil" is no host name/],
  ['a@-oProxyCommand=evil:x', /no host name/],
  ['-la@host:x', /"-la" is no user name/],
  ['ssh://-oProxyCommand=evil/x', /no host name/],
  ['ssh://-l@host/x', /no user name/],
  ['ssh://a@host:/x', /port/],
  ['ssh://a@host:None/x', /port/],
  ['ssh://a@host:65536/x', /port/],
  ['ssh://a@host:-p/x', /port/],
  ['ssh://a@host', /path is missing/],
  ['ssh://a@host/', /path is missing/],
  ['a@host:', /path is missing/],
  ['a@host:-x', /taken for an option/],
  ['a@ho st:x', /no host name/],
  ['a b@host:x', /no user name/],
  ['a@host;id:x', /no host name/],
  ['$(id)@host:x', /no user name/],
  ['a`id`@host:x', /no user name/],
  ['a@host\n:x', /do not print/],
  ['a@host:x\0y', /do not print/],
  ['a@host:\u202ex', /do not print/],
  ['ssh://host/a%00b', /do not print/],
  ['ssh://host/a%zz', /two hex digits/],
  ['@host:x', /no user name/],
  ['ssh:///x', /host is missing/],
  ['a@[nonsense]:x', /no IPv6 address/],
  ['a@[::1:x', /no address/],
  ['relative/folder', /no address/],
  ['file://server/srv/x', /three slashes/],
  ['https://cache.example/x', /over ssh/],
  ['ftp://host/x', /nothing is pushed over ftp/],
];

const refusalOf = (text: string, port?: number): CacheError => {
  try {
    parsePushUrl(text, port);
  } catch (error) {
    if (error instanceof CacheError) return error;
  }
  throw new Error(`${JSON.stringify(text)} was not refused as it ought to be`);
};

describe('parsePushUrl', () => {
  it.each(FORMS)('reads %s with the port %s', (text, port, target) => {
    expect(parsePushUrl(text, port)).toEqual(target);
  });

  it.each(REFUSED)('refuses %j', (text, message) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ code: 'INVALID_CONFIGURATION', message: expect.stringMatching(message) });
  });

  it.each([0, -1, 1.5, 65_536, Number.NaN])('refuses the port %d', (port) => {
    expect(refusalOf('a@host:x', port).message).toMatch(/port is no whole number/);
  });

  it.each([
    'ssh://a:hunter2@host/x',
    'a:hunter2@host:x',
    'ssh://a:hun@ter2@host/x',
    'https://a:hunter2@host/x',
    'ssh://a:hun/ter2@host/x',
  ])('does not repeat the password of %s', (text) => {
    const { message } = refusalOf(text);
    expect(message).toContain('a:***@host');
    expect(message).not.toMatch(/hun|ter2/);
  });

  it('names a target for messages', () => {
    for (const text of ['a@host:x', 'host:x', 'a@[::1]:x', '/srv/x']) {
      expect(pushTargetName(parsePushUrl(text))).toBe(text);
    }
    expect(pushTargetName(parsePushUrl('ssh://a@[::1]:22/x'))).toBe('a@[::1]:/x (port 22)');
  });
});
