import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

it('what was used longest ago goes first when there are too many', () => {
  const recent = new Recent<number>({ maxEntries: 2, maxCharacters: 100 });
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([1, undefined, 3]);
});

it('what is too large together goes too, and is counted once however often it is set', () => {
  const recent = new Recent<number>({ maxEntries: 100, maxCharacters: 10 });
  for (let time = 0; time < 5; time += 1) recent.set('aaaa', time);
  recent.set('bbbb', 5);
  expect([recent.get('aaaa'), recent.get('bbbb')]).toEqual([4, 5]);
  recent.set('cccc', 6);
  expect([recent.get('aaaa'), recent.get('bbbb'), recent.get('cccc')]).toEqual([undefined, 5, 6]);
  recent.set('d'.repeat(11), 7);
  expect(recent.get('cccc')).toBeUndefined();
  expect(recent.get('d'.repeat(11))).toBeUndefined();
});
