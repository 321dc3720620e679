import { describe, expect, it } from 'vitest';
import { entriesOf, pullCommand, trailOf } from './folders.ts';

const refs = (...names: readonly string[]) =>
  names.map((ref) => ({
    ref,
    commit: '0'.repeat(64),
    kind: 'artifact' as const,
    committedAt: '2030-01-31T12:00:00.000Z',
  }));

const shown = (names: readonly string[], prefix = '', isWhole = true) =>
  entriesOf(refs(...names), prefix, isWhole).map((entry) =>
    entry.type === 'folder' ? `${entry.name} (${entry.refs})` : entry.name,
  );

describe('refs in folders', () => {
  it('stand by the next part of their names', () => {
    expect(shown(['a/x/1', 'a/y/2', 'b', 'c/1', 'c/2'])).toEqual(['a/ (2)', 'b', 'c/ (2)']);
    expect(shown(['a/x/1', 'a/y/2'], 'a/')).toEqual(['x/1', 'y/2']);
  });

  it('do not lead through folders with nothing else in them', () => {
    expect(shown(['slipway.build/app/main/1', 'slipway.build/app/main/2', 'z/y/x'])).toEqual([
      'slipway.build/app/main/ (2)',
      'z/y/x',
    ]);
  });

  it('count for what is known: the last folder of a part may have more', () => {
    expect(shown(['a/b/1', 'a/b/2', 'c/d/1'], '', false)).toEqual(['a/b/ (2)', 'c/ (1)']);
  });

  it('are told from names that begin alike', () => {
    expect(shown(['ab/1', 'ab/2', 'abc/1'], 'a')).toEqual(['b/ (2)', 'bc/1']);
  });

  it('have folders above them', () => {
    expect(trailOf('a/b/')).toEqual([
      { prefix: 'a/', name: 'a' },
      { prefix: 'a/b/', name: 'b' },
    ]);
    expect(trailOf('a/b')).toEqual([{ prefix: 'a/', name: 'a' }]);
    expect(trailOf('')).toEqual([]);
  });
});

it('what is copied into a shell is one command, whatever a ref is called', () => {
  expect(pullCommand('a/b/3f9a', 'https://ci.example.com')).toBe(
    'slipway cache pull a/b/3f9a --pull-url https://ci.example.com/artifacts/',
  );
  expect(pullCommand("a;rm -rf '~'", 'http://127.0.0.1:8080')).toBe(
    `slipway cache pull 'a;rm -rf '\\''~'\\''' --pull-url http://127.0.0.1:8080/artifacts/`,
  );
});
