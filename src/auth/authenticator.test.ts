import fc from 'fast-check';
import taskcluster from 'taskcluster-client-87';
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../queue-api/index.ts';
import { type AuthenticatorOptions, createAuthenticator } from './authenticator.ts';
import type { Client, SignedRequest } from './caller.ts';
import { AuthError } from './error.ts';
import { signRequest, signUrl } from './hawk/sign.ts';
import { createClaimCredentials, createTemporaryCredentials } from './temporary/credentials.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const URL_TEXT = 'http://queue.example:8080/api/queue/v1/task/CLVrh06tRAyXPhdnZHxPXg/artifacts/a%2Fb?limit=1';

const client = (clientId: string, scopes: readonly string[], more: Partial<Client> = {}): Client => ({
  clientId,
  accessToken: `token-of-${clientId}-0123456789`,
  scopes,
  ...more,
});
const root = client('root', ['*']);
const maker = client('maker', ['auth:create-client:maker/*', 'queue:status:*']);
const ended = client('ended', ['*'], { expiresAt: NOW - 1 });
const issuerKey = client('slipway/queue', ['*']);
const known = new Map([root, maker, ended].map((each) => [each.clientId, each]));

const authenticator = (options: Partial<AuthenticatorOptions> = {}) =>
  createAuthenticator({
    clients: (id) => known.get(id),
    issuerKey,
    mode: 'closed',
    now: () => NOW,
    ...options,
  });
const authenticate = authenticator();

interface Sent {
  readonly credentials?: Credentials;
  readonly method?: string;
  readonly url?: string;
  readonly now?: number;
  readonly authorizedScopes?: readonly string[];
  readonly headers?: SignedRequest['headers'];
}

/** A request as it arrives after it was signed. */
function request(sent: Sent = {}): SignedRequest {
  const { credentials = root, method = 'GET', now = NOW, authorizedScopes, headers = {} } = sent;
  const url = new URL(sent.url ?? URL_TEXT);
  const limits = authorizedScopes === undefined ? {} : { authorizedScopes };
  const authorization = signRequest(method, url, { credentials, now, ...limits });
  const resource = url.pathname + url.search;
  return { method, url: resource, headers: { host: url.host, authorization, ...headers }, isTls: false };
}

const temporary = (options: Partial<Parameters<typeof createTemporaryCredentials>[0]> = {}) =>
  createTemporaryCredentials({ issuer: root, scopes: ['a:*'], start: NOW, expiry: NOW + DAY, ...options });

describe('a signed request', () => {
  it('is its client’s, who may also what everybody may', () => {
    expect(authenticate(request({ credentials: maker }))).toEqual({
      clientId: 'maker',
      scopes: ['auth:create-client:maker/*', 'queue:get-artifact:public/*', 'queue:status:*'],
    });
  });

  it('is refused where anything of it was changed on its way', () => {
    const change = fc.constantFrom<(r: SignedRequest) => SignedRequest>(
      (r) => ({ ...r, method: 'POST' }),
      (r) => ({ ...r, url: `${r.url}0` }),
      (r) => ({ ...r, url: r.url.replace('%2F', '/') }),
      (r) => ({ ...r, url: r.url.toLowerCase() }),
      (r) => ({ ...r, headers: { ...r.headers, host: 'queue.example:8081' } }),
      (r) => ({ ...r, headers: { ...r.headers, host: 'queue.example' } }),
      (r) => ({ ...r, headers: { ...r.headers, host: 'queue.examples:8080' } }),
      (r) => ({ ...r, headers: { ...r.headers, host: 'queue.example:443' }, isTls: true }),
    );
    const sent = fc.record({
      credentials: fc.constantFrom<Credentials>(root, maker, temporary()),
      method: fc.constantFrom('GET', 'PUT'),
    });
    fc.assert(
      fc.property(sent, change, (options, altered) => {
        const good = request(options);
        expect(authenticate(good).clientId).toBe(options.credentials.clientId);
        expect(() => authenticate(altered(good))).toThrow(AuthError);
      }),
    );
  });

  it('is refused where one character of its signature was changed', () => {
    const good = request({ credentials: temporary(), authorizedScopes: ['a:b'] });
    const header = String(good.headers['authorization']);
    // The name of the scheme may have letters of any case.
    const positions = [...header.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index).filter((at) => at >= 4);
    fc.assert(
      fc.property(fc.constantFrom(...positions), fc.constantFrom('A', 'b', '7'), (at, character) => {
        fc.pre(header[at] !== character);
        const authorization = header.slice(0, at) + character + header.slice(at + 1);
        const altered = { ...good, headers: { ...good.headers, authorization } };
        expect(() => authenticate(altered)).toThrow(AuthError);
      }),
      { numRuns: 500 },
    );
  });

  it('says nothing of whether its client exists', () => {
    const message = (credentials: Credentials): string => {
      try {
        return authenticate(request({ credentials })).clientId;
      } catch (error) {
        return String(error);
      }
    };
    const unknown = message({ clientId: 'nobody', accessToken: 'x' });
    expect(unknown).toContain('the signature does not fit');
    expect(message({ clientId: 'root', accessToken: 'x' })).toBe(unknown);
    expect(message({ ...temporary({ clientId: 'job/1' }), clientId: 'job/2' })).toContain(
      'the certificate is not signed by its issuer',
    );
  });

  it('may be 15 minutes old, or from 15 minutes ahead', () => {
    for (const now of [NOW - 15 * MINUTE, NOW + 15 * MINUTE])
      expect(authenticate(request({ now })).clientId).toBe('root');
    for (const now of [NOW - 15 * MINUTE - 1000, NOW + 15 * MINUTE + 1000])
      expect(() => authenticate(request({ now }))).toThrow(/more than 15 minutes apart; set the clock/);
  });

  it('is refused after its client ended, and of the server’s own client', () => {
    expect(() => authenticate(request({ credentials: ended }))).toThrow('the client ended at');
    expect(() => authenticate(request({ credentials: issuerKey }))).toThrow('signs no requests');
  });

  it.each([
    ['', 'expected the scheme Hawk'],
    ['Bearer abc', 'expected the scheme Hawk'],
    ['Hawk', 'expected the scheme Hawk'],
    ['Hawk id="a", ts="1", nonce="n"', 'lacks one of'],
    ['Hawk id="", ts="1", nonce="n", mac="m"', 'lacks one of'],
    ['Hawk id="a", id="b", ts="1", nonce="n", mac="m"', 'has id twice'],
    ['Hawk id="a", ts="1", nonce="n", mac="m", app="x"', 'no list of'],
    ['Hawk id="a" ts="1", nonce="n", mac="m"', 'no list of'],
    ['Hawk id="a\\"b", ts="1", nonce="n", mac="m"', 'no list of'],
    ['Hawk id="a", ts="1e3", nonce="n", mac="m"', 'seconds since the epoch'],
    ['Hawk id="a", ts="-1", nonce="n", mac="m"', 'seconds since the epoch'],
    ['Hawk id="a", ts="1", nonce="n", mac="m", ext="!"', 'ext: expected base64'],
    [`Hawk id="${'a'.repeat(70_000)}"`, 'too long'],
  ])('is refused with the header $0', (authorization, reason) => {
    const sent = { ...request(), headers: { host: 'queue.example:8080', authorization } };
    expect(() => authenticate(sent)).toThrow(reason);
  });

  it('never does anything but refuse, whatever its header has', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('id="', 'ts="1"', 'mac="', 'ext="', '", ', 'Hawk '));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const authorization = `Hawk ${parts.join('')}`;
        const sent = { ...request(), headers: { host: 'queue.example:8080', authorization } };
        expect(() => authenticate(sent)).toThrow(AuthError);
      }),
      { numRuns: 1000 },
    );
  });

  it('never does anything but refuse, whatever comes with its signature', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const certificate = JSON.stringify({
          ...JSON.parse(temporary().certificate ?? ''),
          scopes: JSON.parse(json),
        });
        const credentials = { ...temporary(), certificate };
        expect(() => authenticate(request({ credentials }))).toThrow(AuthError);
      }),
    );
  });
});

describe('temporary credentials', () => {
  it('give what their certificate says, until it ends', () => {
    const named = temporary({ clientId: 'job/7' });
    expect(authenticate(request({ credentials: named }))).toEqual({
      clientId: 'job/7',
      scopes: ['a:*', 'queue:get-artifact:public/*'],
      expiresAt: NOW + DAY,
    });
    expect(authenticate(request({ credentials: temporary() })).clientId).toBe('root');
  });

  it('of the official client are the same', () => {
    const times = { start: new Date(NOW), expiry: new Date(NOW + DAY) };
    const made = {
      ...times,
      scopes: ['x:y', 'z:*'],
      credentials: { clientId: 'root', accessToken: root.accessToken },
    };
    for (const clientId of [undefined, 'job/8']) {
      const credentials = taskcluster.createTemporaryCredentials(
        clientId === undefined ? made : { ...made, clientId },
      );
      expect(authenticate(request({ credentials }))).toMatchObject({
        clientId: clientId ?? 'root',
        scopes: ['queue:get-artifact:public/*', 'x:y', 'z:*'],
      });
    }
  });

  it('are good five minutes before and after their time', () => {
    const credentials = temporary({ expiry: NOW + MINUTE });
    const at = (moment: number) =>
      authenticator({ now: () => moment })(request({ credentials, now: moment }));
    for (const moment of [NOW - 5 * MINUTE, NOW + 6 * MINUTE]) expect(at(moment).clientId).toBe('root');
    expect(() => at(NOW - 5 * MINUTE - 1)).toThrow('are good from');
    expect(() => at(NOW + 6 * MINUTE + 1)).toThrow('ended at');
  });

  it('are looked at again when their time is over, though they are remembered', () => {
    let now = NOW;
    const check = authenticator({ now: () => now });
    const credentials = temporary({ expiry: NOW + MINUTE });
    expect(check(request({ credentials })).clientId).toBe('root');
    now += 7 * MINUTE;
    expect(() => check(request({ credentials, now }))).toThrow('ended at');
  });

  it('end with their client, and when its token or scopes change', () => {
    let issuer = client('changing', ['*']);
    const check = authenticator({ clients: () => issuer });
    const credentials = temporary({ issuer, clientId: 'job/9' });
    expect(check(request({ credentials })).clientId).toBe('job/9');
    issuer = { ...issuer, scopes: ['a:b'] };
    expect(() => check(request({ credentials }))).toThrow('lacks the scope auth:create-client:job/9');
    issuer = { ...issuer, scopes: ['*'], accessToken: 'a-new-token-0123456789' };
    expect(() => check(request({ credentials }))).toThrow('the signature does not fit');
  });

  it('live for 31 days at most', () => {
    expect(() => temporary({ expiry: NOW + 31 * DAY + 1 })).toThrow(RangeError);
    expect(authenticate(request({ credentials: temporary({ expiry: NOW + 31 * DAY }) })).clientId).toBe(
      'root',
    );
  });

  it('may be named only as their issuer may name clients, to the character', () => {
    const named = (clientId: string) => temporary({ issuer: maker, clientId, scopes: ['queue:status:x'] });
    expect(authenticate(request({ credentials: named('maker/a') })).clientId).toBe('maker/a');
    for (const clientId of ['make/a', 'root', 'maker.a'])
      expect(() => authenticate(request({ credentials: named(clientId) }))).toThrow('auth:create-client:');
  });

  it('may nothing that their issuer may not, to the character', () => {
    const scoped = (...scopes: string[]) => temporary({ issuer: maker, scopes });
    expect(authenticate(request({ credentials: scoped('queue:status:*') })).clientId).toBe('maker');
    for (const scope of ['queue:status*', 'queue:statu:x', '*', 'queue:status'])
      expect(() => authenticate(request({ credentials: scoped(scope) }))).toThrow(
        `lacks the scope ${scope},`,
      );
  });

  it.each([
    ['scopes', ['a:*', 'b']],
    ['scopes', ['a:**']],
    ['start', NOW - 1],
    ['expiry', NOW + 2 * DAY],
    ['seed', 'A'.repeat(44)],
    ['seed', 'short'],
    ['issuer', 'maker'],
    ['issuer', 7],
    ['version', 2],
    ['signature', 'AAAA'],
    ['signature', undefined],
    ['expiry', '1800000000000'],
    ['scopes', 'a:*'],
    ['scopes', ['a\nb']],
  ])('are refused with another %s in their certificate: %j', (field, value) => {
    const { certificate = '', ...rest } = temporary({ clientId: 'job/1' });
    const altered = { ...rest, certificate: JSON.stringify({ ...JSON.parse(certificate), [field]: value }) };
    expect(() => authenticate(request({ credentials: altered }))).toThrow(AuthError);
  });

  it('of a claim may renew and resolve their run, and what their task may', () => {
    const credentials = createClaimCredentials({
      issuer: issuerKey,
      taskId: 'CLVrh06tRAyXPhdnZHxPXg',
      runId: 2,
      workerGroup: 'g',
      workerId: 'w',
      takenUntil: NOW + 20 * MINUTE,
      scopes: ['docker-worker:cache:x'],
      now: NOW,
    });
    expect(credentials.clientId).toBe('task-client/CLVrh06tRAyXPhdnZHxPXg/2/on/g/w/until/1800001200');
    expect(authenticate(request({ credentials }))).toEqual({
      clientId: credentials.clientId,
      expiresAt: NOW + 20 * MINUTE,
      scopes: [
        'docker-worker:cache:x',
        'queue:create-artifact:CLVrh06tRAyXPhdnZHxPXg/2',
        'queue:get-artifact:public/*',
        'queue:reclaim-task:CLVrh06tRAyXPhdnZHxPXg/2',
        'queue:resolve-task:CLVrh06tRAyXPhdnZHxPXg/2',
        'queue:status:CLVrh06tRAyXPhdnZHxPXg',
      ],
    });
  });
});

describe('authorizedScopes', () => {
  it('take the place of what the credentials give', () => {
    const caller = authenticate(request({ credentials: temporary(), authorizedScopes: ['a:b'] }));
    expect(caller.scopes).toEqual(['a:b', 'queue:get-artifact:public/*']);
  });

  it('may be empty, and may have what everybody has', () => {
    const everybody = ['queue:get-artifact:public/*'];
    expect(authenticate(request({ authorizedScopes: [] })).scopes).toEqual(everybody);
    const sent = request({ credentials: maker, authorizedScopes: ['queue:get-artifact:public/x'] });
    expect(authenticate(sent).scopes).toEqual(everybody);
  });

  it('are refused where the credentials do not have them, to the character', () => {
    for (const scope of ['a*', 'b', '*', 'a'])
      expect(() => authenticate(request({ credentials: temporary(), authorizedScopes: [scope] }))).toThrow(
        `has the scope ${scope}, which`,
      );
    expect(() => authenticate(request({ authorizedScopes: ['a\nb'] }))).toThrow('expected a list of scopes');
  });
});

describe('a signed URL', () => {
  const signed = (
    options: { url?: string; method?: string; credentials?: Credentials; ms?: number } = {},
  ) => {
    const { credentials = root, method = 'GET', ms = MINUTE } = options;
    const url = signUrl(new URL(options.url ?? URL_TEXT), { credentials, expiresAt: NOW + ms });
    return { method, url: url.pathname + url.search, headers: { host: url.host }, isTls: false };
  };

  it('is good for GET and HEAD, with or without a query, also with temporary credentials', () => {
    const plain = 'http://queue.example:8080/api/queue/v1/ping';
    for (const method of ['GET', 'HEAD'])
      for (const url of [URL_TEXT, plain])
        expect(authenticate(signed({ method, url })).clientId).toBe('root');
    expect(authenticate(signed({ credentials: temporary({ clientId: 'job/2' }) })).scopes).toContain('a:*');
  });

  it('may have further parameters behind its signature, which are signed', () => {
    const { url, ...rest } = signed({ url: 'http://queue.example:8080/a?b=1' });
    const [path, bewit] = url.split('?b=1&');
    expect(authenticate({ ...rest, url: `${path}?${bewit}&b=1` }).clientId).toBe('root');
    expect(() => authenticate({ ...rest, url: `${path}?${bewit}&b=2` })).toThrow(AuthError);
  });

  it('ends at its second, and is good for nothing else', () => {
    const good = signed();
    expect(() => authenticator({ now: () => NOW + MINUTE })(good)).toThrow('has expired');
    expect(() => authenticate({ ...good, method: 'PUT' })).toThrow('GET and HEAD only');
    expect(() => authenticate({ ...good, url: good.url.replace('limit=1', 'limit=2') })).toThrow(AuthError);
    expect(() => authenticate({ ...good, headers: { host: 'other:8080' } })).toThrow(AuthError);
  });

  it.each([
    '',
    '%2e',
    'AAAA',
    Buffer.from('a\\b\\c').toString('base64url'),
    Buffer.from('a\\1e9\\c\\').toString('base64url'),
  ])('is refused with the signature "%s"', (bewit) => {
    expect(() => authenticate({ ...signed(), url: `/api/x?bewit=${bewit}` })).toThrow(AuthError);
  });

  it('is no word in a path or in another parameter', () => {
    const sent = (url: string) => ({ method: 'GET', url, headers: { host: 'a' }, isTls: false });
    for (const url of ['/bewit=x', '/a&bewit=x', '/a?xbewit=x', '/a?x=bewit'])
      expect(authenticate(sent(url)).clientId).toBe('anonymous');
  });
});

describe('who does not sign', () => {
  const unsigned = { method: 'GET', url: '/a', headers: { host: 'a' }, isTls: false };

  it('may what everybody may, or all where the server is open', () => {
    expect(authenticate(unsigned)).toEqual({
      clientId: 'anonymous',
      scopes: ['queue:get-artifact:public/*'],
    });
    expect(authenticator({ anonymousScopes: ['b', 'a', 'b'] })(unsigned).scopes).toEqual(['a', 'b']);
    expect(authenticator({ mode: 'open' })(unsigned).scopes).toEqual(['*']);
  });
});

describe('an open server', () => {
  const open = authenticator({ mode: 'open' });

  it('takes a client that it does not know for one who does not sign', () => {
    const stranger = { clientId: 'somebody', accessToken: 'whatever' };
    expect(open(request({ credentials: stranger }))).toEqual({ clientId: 'anonymous', scopes: ['*'] });
    const issued = temporary({ issuer: stranger, clientId: 'job/3' });
    expect(open(request({ credentials: issued })).clientId).toBe('anonymous');
  });

  it('checks those that it knows, and holds them to what they may', () => {
    expect(() => open(request({ credentials: { ...root, accessToken: 'wrong' } }))).toThrow(AuthError);
    const limited = temporary({ issuer: issuerKey, clientId: 'task-client/x' });
    expect(open(request({ credentials: limited })).scopes).not.toContain('*');
    const damaged = { ...limited, accessToken: `${limited.accessToken}x` };
    expect(() => open(request({ credentials: damaged }))).toThrow(AuthError);
  });
});
