import fc from 'fast-check';
import { anyCharacter } from '../any-character.ts';

/** Texts that programs have taken for something else, or stumbled over. */
const TRICKS = [
  '',
  ' ',
  '.',
  '..',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '....//....//etc/passwd',
  '/etc/passwd',
  '//evil.example.com/x',
  '\\\\host\\share',
  'file:///etc/passwd',
  'C:\\x',
  '~root',
  'a/../../b',
  'a\0b',
  '\0',
  'a\r\nset-cookie: x=1',
  'a\nb',
  '\u001b[2J\u001b]0;title\u0007',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' OR 1=1 --",
  '$(id)',
  '`id`',
  '${7*7}',
  '{{7*7}}',
  '%00',
  '%2e%2e%2f',
  '%',
  '%zz',
  '%c0%ae',
  '*',
  '-1',
  '0',
  '00',
  '1e999',
  '9007199254740993',
  '99999999999999999999999999',
  'NaN',
  'null',
  'undefined',
  'true',
  '[object Object]',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u{1f4a9}',
  '\u202egnp.exe',
  'ａ',
  'é',
  'e\u0301',
  '\ud800',
  '\ufeff',
  '\u2028',
];

const long = fc
  .record({
    of: fc.constantFrom('a', '.', '/', 'é', '%', '\u{1f4a9}'),
    times: fc.constantFrom(300, 1100, 5000, 14_000),
  })
  .map(({ of, times }) => of.repeat(times));

/** A text from somebody who means ill, or whose program is broken. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TRICKS) },
  { weight: 2, arbitrary: fc.string({ unit: anyCharacter, maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: long },
);

/** Percent-encoded, as it can be in an address; what is no text of Unicode in some way. */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A part of a path as it is sent: encoded in one of the ways, or hardly at all. */
export const hostilePart: fc.Arbitrary<string> = fc
  .record({ text: hostileText, how: fc.constantFrom('whole', 'whole', 'twice', 'plain') })
  .map(({ text, how }) => {
    if (how === 'twice') return encoded(encoded(text));
    if (how === 'whole') return encoded(text);
    // What no client may send at all is another test's.
    return text
      .replace(/[^!-~]/g, (sign) => encoded(sign))
      .replaceAll('#', '%23')
      .replaceAll('?', '%3F');
  });

const deep = fc
  .record({ levels: fc.constantFrom(50, 150, 20_000), isList: fc.boolean() })
  .map(({ levels, isList }) =>
    isList ? '['.repeat(levels) + ']'.repeat(levels) : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  );

/** A body that is no JSON, or JSON that nobody means. */
export const hostileBody: fc.Arbitrary<Buffer> = fc.oneof(
  deep.map((text) => Buffer.from(text)),
  hostileText.map((text) => Buffer.from(text)),
  fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.from('{"__proto__":{"x":1}}'),
    Buffer.from('{"constructor":{"prototype":{"x":1}}}'),
    Buffer.from('{"a":1e999}'),
    Buffer.from('{"a":1,"a":2}'),
    Buffer.from('{"a'),
    Buffer.from('\ufeff{}'),
    Buffer.from(`"${'x'.repeat(60_000)}"`),
    Buffer.alloc(60_000, '{'),
    Buffer.alloc(0),
  ),
);

/** What stands in a place where something else belongs. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, [], {}, [[]], [null], { '': 1 }),
  fc.array(hostileText, { maxLength: 5 }),
  fc.dictionary(hostileText, fc.constantFrom(1, 'x', null), { maxKeys: 3 }),
);

const HEADERS: readonly Record<string, string>[] = [
  { 'content-type': 'text/html' },
  { 'content-type': 'application/json; charset=utf-7' },
  { 'content-type': 'multipart/form-data; boundary=' },
  { 'content-type': ';;;' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'x'.repeat(500) },
  { authorization: 'Hawk' },
  { authorization: 'Hawk id="a", ts="1", nonce="", mac=""' },
  { authorization: `Hawk id="${'a'.repeat(3000)}"` },
  { authorization: 'Bearer ../../x' },
  { authorization: 'Basic !!!' },
  {
    authorization: `Hawk id="a", ts="x", nonce="n", ext="${Buffer.from('[[[').toString('base64')}", mac="m"`,
  },
  { cookie: 'slipway-session=' },
  { cookie: `slipway-session=2.YQ.99999999999.${'a'.repeat(22)}.${'a'.repeat(43)}` },
  { cookie: `;=;${'a=b;'.repeat(500)}` },
  { range: 'bytes=0-0,-1,5-2,99999999999999999999-' },
  { range: `bytes=${'0-0,'.repeat(500)}1-1` },
  { 'if-none-match': `"${'x'.repeat(3000)}"` },
  { 'if-modified-since': 'yesterday' },
  { 'accept-encoding': 'gzip;q=abc, *;q=9' },
  { accept: `text/html, ${'x/y,'.repeat(500)}` },
  { origin: 'null' },
  { origin: 'https://evil.example.com' },
  { host: 'evil.example.com' },
  { host: 'a b' },
  { host: '[::1' },
  { 'x-forwarded-host': 'evil.example.com', 'x-forwarded-proto': 'javascript' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-request-id': '<b>' },
  { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` },
  { traceparent: 'x'.repeat(2000) },
  { 'x-taskcluster-trace-id': '\t' },
  { expect: '100-continue' },
  { upgrade: 'h2c', connection: 'upgrade' },
  { 'transfer-encoding': 'chunked' },
  { connection: 'close' },
];

export const hostileHeaders: fc.Arbitrary<Record<string, string>> = fc.constantFrom(...HEADERS);
