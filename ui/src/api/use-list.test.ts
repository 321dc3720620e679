import { describe, expect, it } from 'vitest';
import { type ListQuestion, loadUpTo, sieved } from './use-list.ts';

/** A list of the numbers from 0, up to 1,000, with what it was asked. */
function numbers() {
  const asked: number[] = [];
  const load = ({ limit, after = '0' }: ListQuestion) => {
    const from = Number(after);
    const to = Math.min(1_000, from + limit);
    asked.push(limit);
    const items = Array.from({ length: to - from }, (_, i) => from + i);
    return Promise.resolve({ items, next: to < 1_000 ? String(to) : undefined });
  };
  return { asked, load };
}

const { signal } = new AbortController();

describe('the first of a list', () => {
  it('come in as few questions as the server lets', async () => {
    const { asked, load } = numbers();
    const { items, next } = await loadUpTo(load, { count: 250, rounds: 1, mostAtOnce: 100, signal });
    expect({ asked, count: items.length, last: items.at(-1), next }).toEqual({
      asked: [100, 100, 50],
      count: 250,
      last: 249,
      next: '250',
    });
  });

  it('are all, where there are fewer', async () => {
    const { items, next } = await loadUpTo(numbers().load, {
      count: 5_000,
      rounds: 1,
      mostAtOnce: 400,
      signal,
    });
    expect([items.length, next]).toEqual([1_000, undefined]);
  });
});

describe('what is wanted of a list', () => {
  const sieve = { wanted: (each: number) => each % 100 === 0, atOnce: 400 };

  it('is looked for among so many, and among more when somebody says so', async () => {
    const once = await loadUpTo(sieved(numbers().load, sieve), {
      count: 50,
      rounds: 1,
      mostAtOnce: 500,
      signal,
    });
    expect(once).toMatchObject({ items: [0, 100, 200, 300], next: '400' });
    const twice = await loadUpTo(sieved(numbers().load, sieve), {
      count: 54,
      rounds: 2,
      mostAtOnce: 500,
      signal,
    });
    expect(twice).toMatchObject({ items: [0, 100, 200, 300, 400, 500, 600, 700], next: '800' });
  });

  it('is not looked for any more when there is enough of it', async () => {
    const { asked, load } = numbers();
    const { items } = await loadUpTo(sieved(load, sieve), { count: 2, rounds: 1, mostAtOnce: 500, signal });
    expect({ items, asked }).toEqual({ items: [0, 100], asked: [200] });
  });
});
