import { describe, expect, test } from 'vitest';
import { mergeEnvironmentFile, parseEnvironmentFile, passProxies } from './environment-file.ts';

describe('parseEnvironmentFile', () => {
  test('reads a variable from each line, in order, the last value of a name winning', () => {
    expect([...parseEnvironmentFile('A=1\nB=2\nA=3\n')]).toEqual([
      ['A', '3'],
      ['B', '2'],
    ]);
  });

  test('skips comments, and lines that are no assignment', () => {
    expect([...parseEnvironmentFile('#A=1\n\nB\n=x\nC=#not a comment\n').keys()]).toEqual(['C']);
  });

  test.each([
    ['A=  trimmed \t', 'trimmed'],
    ['A=a=b', 'a=b'],
    ['A=', ''],
    ['A="two\\nlines and \\"quotes\\""', 'two\nlines and "quotes"'],
    [`A='single \\" \\n'`, 'single " \n'],
    [`A="mixed'`, `"mixed'`],
    ['A="', '"'],
    ['A=""', ''],
    ['A=\\n', '\\n'],
    ['A="$HOME ${X}"', '$HOME ${X}'],
    ['A=""quoted""', '"quoted"'],
  ])('reads the value of %j', (line, value) => {
    expect(parseEnvironmentFile(line).get('A')).toBe(value);
  });

  test('reads files with CRLF and with a byte order mark', () => {
    expect([...parseEnvironmentFile('\ufeffA=1\r\nB=2\r\n')]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });

  test('takes `export` as part of the name', () => {
    expect([...parseEnvironmentFile('export A=1').keys()]).toEqual(['export A']);
  });
});

test("mergeEnvironmentFile lets the host's variables win unless they are empty", () => {
  const host = new Map([
    ['A', 'host'],
    ['B', ''],
  ]);
  const file = new Map([
    ['A', 'file'],
    ['B', 'file'],
    ['C', 'file'],
  ]);
  expect([...mergeEnvironmentFile(host, file)]).toEqual([
    ['A', 'host'],
    ['B', 'file'],
    ['C', 'file'],
  ]);
  expect(host.size).toBe(2);
});

test('passProxies gives the box the proxies of this machine, unless others are given for it', () => {
  const host = new Map([
    ['http_proxy', 'http://p'],
    ['NO_PROXY', 'x'],
    ['X_NO_PROXY', 'y'],
    ['ftp_proxy', 'z'],
  ]);
  expect([...passProxies(host)].slice(host.size)).toEqual([['X_http_proxy', 'http://p']]);
  expect(passProxies(host).get('X_NO_PROXY')).toBe('y');
});
