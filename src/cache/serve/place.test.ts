import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlace } from './place.ts';

const ID = `ab${'0'.repeat(62)}`;
const REST = ID.slice(2);

describe('the path of an address', () => {
  it.each([
    ['config', 'config'],
    ['summary', 'summary'],
    ['summary.sig', 'signature'],
    ['refs/heads/project/element/key', 'ref'],
    ['refs/heads/slipway.build/app/build/x', 'ref'],
    ['refs/heads/_x..y-z', 'ref'],
    [`objects/ab/${REST}.commit`, 'commit'],
    [`objects/ab/${REST}.dirtree`, 'dirtree'],
    [`objects/ab/${REST}.dirmeta`, 'dirmeta'],
    [`objects/ab/${REST}.filez`, 'filez'],
    [`objects/ab/${REST}.commitmeta`, 'commitmeta'],
    ['deltas/ab/cd_ef+gh/superblock', 'delta'],
    ['deltas/ab/cd-ef/0', 'delta'],
    ['delta-indexes/a+/b_c.index', 'delta'],
  ])('%s is one of a repository', (path, kind) => {
    expect(parsePlace(path)).toMatchObject({ kind, path });
  });

  it('names the object that it is', () => {
    expect(parsePlace(`objects/ab/${REST}.filez`)?.object).toEqual({ id: ID, kind: 'filez' });
  });

  it('has escapes where a name can need them', () => {
    expect(parsePlace('refs/heads/p/%C3%BCb/key')).toEqual({ kind: 'ref', path: 'refs/heads/p/üb/key' });
    const path = 'refs/heads/slipway.source/app/1';
    const known = { kind: 'ref', path, privateRef: 'slipway.source/app/1' };
    for (const text of [path, 'refs/heads/slipway%2esource/app/1', '%72efs/heads/slipway.source/app/%31'])
      expect(parsePlace(text)).toEqual(known);
    expect(parsePlace('delta-indexes/a%2B/b.index')?.path).toBe('delta-indexes/a+/b.index');
  });

  it.each([
    '',
    '/',
    'Config',
    'config/',
    '/config',
    './config',
    'refs',
    'refs/heads',
    'refs/heads/',
    'refs/remotes/x/y',
    'refs/mirrors/x',
    'refs/heads/../../config',
    'refs/heads/a/../b',
    'refs/heads/.hidden',
    'refs/heads/a/.lock',
    'refs/heads/-x',
    'refs/heads/a//b',
    'refs/heads/a/',
    'refs/heads/a b',
    'refs/heads/a\\b',
    'refs/heads/%2e%2e/%2e%2e/config',
    'refs/heads/..%2f..%2fconfig',
    'refs/heads/a%2Fb',
    'refs/heads/a%5Cb',
    'refs/heads/%252e%252e',
    'refs/heads/a%00',
    'refs/heads/a%',
    'refs/heads/a%zz',
    'refs/heads/%ff',
    `refs/heads/${'x'.repeat(256)}`,
    'objects',
    'objects/',
    `objects/ab/${REST}`,
    `objects/ab/${REST}.filez/`,
    `objects/ab/${REST}.filez\n`,
    `objects/ab/${REST}.file`,
    `objects/ab/${REST}.sig`,
    `objects/AB/${REST}.filez`,
    `objects/ab/${REST.toUpperCase().replace('0', 'A')}.filez`,
    `objects/ab/../ab/${REST}.filez`,
    `objects/%61b/${REST}.filez`,
    `objects/${ID}.filez`,
    '.slipway/lock',
    '.lock',
    'tmp/x',
    'state/x.commitpartial',
    'extensions/x',
    'summary.new',
    'deltas/ab/../../config/superblock',
    'deltas/ab/cd/../x',
    'deltas/a/b/superblock',
    'delta-indexes/ab/.index/x',
    'delta-indexes/ab/c.index%00',
    'constructor',
    '__proto__',
  ])('%j is none', (path) => {
    expect(parsePlace(path)).toBeUndefined();
  });

  it('never leads to anything but what is served, whatever it is', () => {
    const served = /^(?:config|summary(?:\.sig)?|refs\/heads\/.+|objects\/.+|deltas\/.+|delta-indexes\/.+)$/;
    const pieces = fc.constantFrom(
      'refs/heads/',
      'objects/',
      'config',
      '..',
      '.',
      '/',
      '%2e',
      '%2F',
      '%00',
      '%c3%bc',
      'a',
      'ab',
      '-',
      '.slipway',
      REST,
      '.commit',
      '\0',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const path = parsePlace(parts.join(''))?.path;
        if (path === undefined) return;
        expect(path).toMatch(served);
        const components = path.split('/');
        expect(components.some((part) => part === '' || part.startsWith('.'))).toBe(false);
        expect(path).not.toMatch(/[\0\\%]/);
      }),
      { numRuns: 5000 },
    );
  });
});
