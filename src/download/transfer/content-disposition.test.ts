import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { contentDisposition } from './content-disposition.ts';

const of = (name: string): string => contentDisposition('attachment', name);

describe('a name in a header', () => {
  test.each([
    ['output.tar', 'attachment; filename="output.tar"'],
    ['my report (1).pdf', 'attachment; filename="my report (1).pdf"'],
    ['a;b=c,d.txt', 'attachment; filename="a;b=c,d.txt"'],
    ['naïve €.txt', `attachment; filename="na_ve _.txt"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt`],
    ['😀.zip', `attachment; filename="_.zip"; filename*=UTF-8''%F0%9F%98%80.zip`],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ['100%41.txt', `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`],
    [`ä'()*.txt`, `attachment; filename="_'()*.txt"; filename*=UTF-8''%C3%A4%27%28%29%2A.txt`],
    ['a/b/c.txt', 'attachment; filename="c.txt"'],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['..\\..\\evil.exe', 'attachment; filename=".._.._evil.exe"'],
    ['a\r\nSet-Cookie: x=1', 'attachment; filename="a__Set-Cookie: x=1"'],
    ['a\0b', 'attachment; filename="a_b"'],
    ['gpj.\u202eexe.txt', 'attachment; filename="gpj._exe.txt"'],
    ['a\u0085b\u2028c', 'attachment; filename="a_b_c"'],
    ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
    ['', 'attachment; filename="download"'],
    ['/', 'attachment; filename="download"'],
    ['.', 'attachment; filename="download"'],
    ['..', 'attachment; filename="download"'],
    ['  ', 'attachment; filename="download"'],
  ])('%j', (name, header) => {
    expect(of(name)).toBe(header);
  });

  test('a name that is too long keeps its beginning and its ending', () => {
    expect(of(`${'x'.repeat(300)}.tar.gz`)).toBe(`attachment; filename="${'x'.repeat(248)}.tar.gz"`);
    expect(of(`x.${'y'.repeat(300)}`)).toBe(`attachment; filename="x.${'y'.repeat(253)}"`);
    const wide = of(`${'ä'.repeat(200)}.zip`);
    expect(wide).toContain(`filename*=UTF-8''${'%C3%A4'.repeat(125)}.zip`);
    expect(wide).not.toContain('%EF%BF%BD');
  });

  test('shown inline, it is still named', () => {
    expect(contentDisposition('inline', 'index.html')).toBe('inline; filename="index.html"');
  });
});

test('whatever the name, the header is one, of visible ASCII, and its exact name has no folder', () => {
  const name = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
  );
  fc.assert(
    fc.property(name, (text) => {
      const match =
        /^attachment; filename="([^"\\%\r\n]*)"(?:; filename\*=UTF-8''([\w!#$&+.^`|~%-]+))?$/.exec(of(text));
      if (match === null || !/^[ -~]+$/.test(of(text))) return false;
      const exact = match[2] === undefined ? (match[1] ?? '') : decodeURIComponent(match[2]);
      return (
        exact !== '' &&
        exact !== '.' &&
        exact !== '..' &&
        Buffer.byteLength(exact) <= 255 &&
        !/[/\\\p{Cc}\u202e]/u.test(exact)
      );
    }),
    { numRuns: 1000 },
  );
});
