import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { fileNameOf, safeName } from './file-name.ts';

const URL_WITH_NAME = new URL('http://h/a/from%20url.tar?x=y');

describe('the name of a download', () => {
  it.each([
    ['attachment; filename="output.tar"', 'output.tar'],
    ['attachment; filename=output.tar', 'output.tar'],
    ['attachment;filename="a b.tar"; size=3', 'a b.tar'],
    [`attachment; filename="x.tar"; filename*=UTF-8''na%C3%AFve%20%E2%98%83.tar`, 'naïve ☃.tar'],
    [`attachment; filename*=utf-8'en'%e2%82%ac.txt; filename="x"`, '€.txt'],
    ['attachment; filename="quo\\"ted.tar"', 'quo_ted.tar'],
    ['inline', 'from url.tar'],
    ['', 'from url.tar'],
    [undefined, 'from url.tar'],
    ['attachment; filename=""', 'from url.tar'],
    [`attachment; filename*=UTF-8''%zz`, 'from url.tar'],
  ])('that is said as %j is %j', (disposition, expected) => {
    expect(fileNameOf(disposition, URL_WITH_NAME)).toBe(expected);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['/etc/cron.d/x', 'x'],
    ['..\\..\\windows\\x.exe', 'x.exe'],
    ['C:\\x', 'x'],
    ['.bashrc', 'bashrc'],
    ['...hidden.', 'hidden'],
    ['a\r\nSet-Cookie: b', 'a__Set-Cookie_ b'],
    ['nul\0byte', 'nul_byte'],
    ['invoice\u202egnp.exe', 'invoice_gnp.exe'],
    ['~', '~'],
    ['..', undefined],
    ['/', undefined],
    ['\u0000', undefined],
  ])('from %j is %j', (said, expected) => {
    expect(safeName(said)).toBe(expected);
  });

  it('is cut before its ending where it is too long', () => {
    const name = safeName(`${'é'.repeat(300)}.tar.gz`) ?? '';
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(name).toMatch(/^é+\.tar\.gz$/);
  });

  it('is "download" where nobody says one', () => {
    expect(fileNameOf(undefined, new URL('http://h/'))).toBe('download');
    expect(fileNameOf('attachment; filename=".."', new URL('http://h/%2e%2e'))).toBe('download');
  });

  it('is one part of a path, whatever is said', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 400 }), (said) => {
        const name = safeName(said);
        if (name === undefined) return;
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}]|^\.|^$/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      }),
    );
  });
});
