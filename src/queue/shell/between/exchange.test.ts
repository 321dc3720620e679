import { expect, it, vi } from 'vitest';
import type { Database, Statement } from '../../../database/index.ts';
import { createShellRelay, tokenDigest } from '../shell-relay.ts';
import { openShellExchange } from './exchange.ts';

it('who comes with tokens takes no place from those who say who they are', async () => {
  const database = {
    kind: 'postgres',
    listen: () => ({ [Symbol.dispose]() {} }),
    notify() {},
    query: async () => [{ session: 'taken' }],
  } as unknown as Database; // no other server answers
  using relay = createShellRelay();
  await using exchange = openShellExchange({
    database,
    relay,
    serve() {},
    onError: (error) => expect.fail(String(error)),
    now: () => 1_000_000,
  });
  const token = tokenDigest('guessed');
  const guesses = Array.from({ length: 100 }, (_, i) => exchange.ask(`${i}/0`, token)).filter(Boolean);
  expect(guesses).toHaveLength(48);
  expect(exchange.ask('known/0', undefined)).toBeDefined();
  expect(await guesses[0]?.withdraw()).toBe(true);
  expect(exchange.ask('next/0', token)).toBeDefined();
});

it('removes of what other servers left nothing that a slow reader may still want', async () => {
  const removed: unknown[] = [];
  const database = {
    kind: 'postgres',
    listen: () => ({ [Symbol.dispose]() {} }),
    notify() {},
    async query({ postgres }: Statement, values: readonly unknown[]) {
      if (/DELETE FROM shell_bytes WHERE written/.test(postgres)) removed.push(values[0]);
      return [{ session: 'taken' }];
    },
  } as unknown as Database;
  using relay = createShellRelay();
  await using exchange = openShellExchange({
    database,
    relay,
    serve() {},
    onError: (error) => expect.fail(String(error)),
    now: () => 1_000_000_000,
  });
  await exchange.ask('a-run/0', undefined)?.withdraw();
  // Two hours without a message end a session.
  await vi.waitFor(() => expect(removed).toEqual([1_000_000_000 - 3 * 3_600_000]), { timeout: 20_000 });
});

it('has the connection of a session that another server took, also where nobody told it so', async () => {
  const database = {
    kind: 'postgres',
    listen: () => ({ [Symbol.dispose]() {} }),
    notify() {},
    query: async () => [], // each session is another server's as soon as this one wants it
  } as unknown as Database;
  using relay = createShellRelay();
  await using exchange = openShellExchange({
    database,
    relay,
    serve() {},
    onError: (error) => expect.fail(String(error)),
    now: () => 1_000_000,
  });
  // More than may be asked at once: nothing is kept of those that are over.
  for (let i = 0; i < 100; i += 1) {
    const asked = exchange.ask('a-run/0', undefined);
    expect(await asked?.withdraw()).toBe(false);
    expect((await asked?.found)?.destroyed).toBe(false);
  }
});
