import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorize } from './authorize.ts';
import { LinkError } from './error.ts';
import { type LinkKeys, parseLinkKeys, readLinkKeys } from './link-keys.ts';
import { signLink, verifyLink } from './sign-link.ts';

const KEYS: LinkKeys = [Buffer.alloc(32, 1)];
const OTHER = Buffer.alloc(32, 2);
const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const RUN = ['runs', 'r1'];

const check = (resource: readonly string[], query: { expires?: string; signature?: string }, keys = KEYS) =>
  verifyLink({ resource, expires: query.expires, signature: query.signature, keys, now: NOW });

describe('a signed link', () => {
  const link = signLink({ resource: RUN, expiresAt: NOW + HOUR, keys: KEYS });

  it('is good for its resource and for all inside of it', () => {
    expect(check(RUN, link)).toBeUndefined();
    expect(check([...RUN, 'artifacts', 'output', 'files', 'a', 'b'], link)).toBeUndefined();
  });

  it('is not good for what is around or beside it', () => {
    expect(check(['runs'], link)).toBe('invalid');
    expect(check(['runs', 'r2'], link)).toBe('invalid');
    expect(check([], link)).toBe('invalid');
  });

  it('tells parts apart that look alike when they are joined', () => {
    const joined = signLink({ resource: ['runs', 'r1/artifacts'], expiresAt: NOW + HOUR, keys: KEYS });
    expect(check(['runs', 'r1', 'artifacts'], joined)).toBe('invalid');
  });

  it('expires at its second, not before', () => {
    const at = (expiresAt: number) => check(RUN, signLink({ resource: RUN, expiresAt, keys: KEYS }));
    expect(at(NOW + 1000)).toBeUndefined();
    expect(at(NOW)).toBe('expired');
    expect(at(NOW - HOUR)).toBe('expired');
  });

  it('is only said to have expired when it was good', () => {
    const old = signLink({ resource: RUN, expiresAt: NOW - HOUR, keys: [OTHER] });
    expect(check(RUN, old)).toBe('invalid');
  });

  it('cannot be given more time', () => {
    expect(check(RUN, { ...link, expires: String(Number(link.expires) + 1) })).toBe('invalid');
  });

  it('is refused when a part of it is missing or no part of a link', () => {
    expect(check(RUN, {})).toBe('missing');
    expect(check(RUN, { signature: link.signature })).toBe('invalid');
    expect(check(RUN, { expires: link.expires })).toBe('invalid');
    for (const expires of ['', '-1', '1e12', ' 1', '9'.repeat(13), 'NaN'])
      expect(check(RUN, { ...link, expires })).toBe('invalid');
    for (const signature of ['', `${link.signature}=`, `${link.signature}A`, 'ü'.repeat(43)])
      expect(check(RUN, { ...link, signature })).toBe('invalid');
  });

  it('is refused whatever one character of its signature becomes', () => {
    fc.assert(
      fc.property(fc.nat(42), fc.constantFrom(...'ABCxyz019-_'), (at, sign) => {
        fc.pre(link.signature[at] !== sign);
        const signature = link.signature.slice(0, at) + sign + link.signature.slice(at + 1);
        expect(check(RUN, { ...link, signature })).toBe('invalid');
      }),
    );
  });

  it('stays good after a new key came before the old one, until the old one goes', () => {
    expect(check(RUN, link, [OTHER, KEYS[0]])).toBeUndefined();
    expect(check(RUN, link, [OTHER])).toBe('invalid');
  });
});

describe('access', () => {
  const claim = { resource: RUN, expires: undefined, signature: undefined, authorization: undefined };
  const token = 'a-token-of-ours';

  it('is denied to who shows nothing, where nothing else is said', () => {
    expect(authorize({ open: false, tokens: [] }, claim, NOW)).toBe('missing');
  });

  it('is given to everybody where it is open', () => {
    expect(authorize({ open: true, tokens: [] }, claim, NOW)).toBeUndefined();
  });

  it('is given for a token, and for no other', () => {
    const access = { open: false, keys: KEYS, tokens: ['another', token] };
    const asked = (authorization: string) => authorize(access, { ...claim, authorization }, NOW);
    expect(asked(`Bearer ${token}`)).toBeUndefined();
    expect(asked(`bearer ${token}`)).toBeUndefined();
    for (const wrong of ['Bearer nope', 'Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} x`])
      expect(asked(wrong)).toBe('missing');
  });

  it('is given for a link only where there are keys', () => {
    const link = signLink({ resource: RUN, expiresAt: NOW + HOUR, keys: KEYS });
    expect(authorize({ open: false, keys: KEYS, tokens: [] }, { ...claim, ...link }, NOW)).toBeUndefined();
    expect(authorize({ open: false, tokens: [] }, { ...claim, ...link }, NOW)).toBe('invalid');
  });
});

describe('keys of links', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are one in a line, comments aside', () => {
    const [first, second] = [Buffer.alloc(32, 3), Buffer.alloc(40, 4)];
    const text = `# new\n${first.toString('base64url')}\n\n ${second.toString('base64url')} \n`;
    expect(parseLinkKeys(text)).toEqual([first, second]);
  });

  it('are refused by line, without being shown', () => {
    const short = Buffer.alloc(31).toString('base64url');
    const good = Buffer.alloc(32).toString('base64url');
    for (const [text, message] of [
      [short, 'line 1: expected base64url of at least 32 bytes'],
      [`${good}\nno key!`, 'line 2: expected base64url of at least 32 bytes'],
      ['\n# nothing\n', 'no key in it: expected one in a line'],
    ] as const)
      expect(() => parseLinkKeys(text)).toThrow(new LinkError('BAD_KEYS', message));
  });

  it('are made once, for the owner alone, whoever asks at the same time', async () => {
    const path = join(folder, 'new', 'link.key');
    const all = await Promise.all(Array.from({ length: 8 }, () => readLinkKeys(path)));
    expect(new Set(all.map(([key]) => key.toString('hex'))).size).toBe(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readLinkKeys(path)).toEqual(all[0]);
    expect(parseLinkKeys(await readFile(path, 'utf8'))).toEqual(all[0]);
  });

  it('name the file that is none', async () => {
    const path = join(folder, 'link.key');
    await writeFile(path, 'hello');
    await expect(readLinkKeys(path)).rejects.toThrow(`${path}: line 1: expected base64url`);
  });
});
