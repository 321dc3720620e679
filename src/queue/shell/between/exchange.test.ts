import { expect, it, onTestFinished, vi } from 'vitest';
import type { Database, Statement } from '../../../database/index.ts';
import { createShellRelay, tokenDigest } from '../shell-relay.ts';
import { openShellExchange, type ShellExchange } from './exchange.ts';

const NOW = 1_000_000_000;

/** An exchange whose server has no offers. */
function openOn(database: Database): ShellExchange {
  const relay = createShellRelay();
  onTestFinished(() => relay[Symbol.dispose]());
  return openShellExchange({
    database,
    relay,
    serve() {},
    onError: (error) => expect.fail(String(error)),
    now: () => NOW,
  });
}

/** A database of which no other server hears anything. */
const deaf = (
  query: (statement: Statement, values: readonly unknown[]) => Promise<readonly object[]>,
): Database =>
  ({
    kind: 'postgres',
    listen: () => ({ [Symbol.dispose]() {} }),
    notify() {},
    query,
  }) as unknown as Database; // all that it uses

it('who comes with tokens takes no place from those who say who they are', async () => {
  await using exchange = openOn(deaf(async () => [{ session: 'taken' }])); // no other server answers
  const token = tokenDigest('guessed');
  const guesses = Array.from({ length: 100 }, (_, i) => exchange.ask(`${i}/0`, token)).filter(Boolean);
  expect(guesses).toHaveLength(48);
  expect(exchange.ask('known/0', undefined)).toBeDefined();
  expect(await guesses[0]?.withdraw()).toBe(true);
  expect(exchange.ask('next/0', token)).toBeDefined();
});

it('removes of what other servers left nothing that a slow reader may still want', async () => {
  const removed: unknown[] = [];
  const database = deaf(async ({ postgres }, values) => {
    if (/DELETE FROM shell_bytes WHERE written/.test(postgres)) removed.push(values[0]);
    return [{ session: 'taken' }];
  });
  await using exchange = openOn(database);
  await exchange.ask('a-run/0', undefined)?.withdraw();
  // Two hours without a message end a session.
  await vi.waitFor(() => expect(removed).toEqual([NOW - 3 * 3_600_000]), { timeout: 20_000 });
});

it('has the connection of a session that another server took, also where nobody told it so', async () => {
  await using exchange = openOn(deaf(async () => [])); // each session is another server's as soon as this one wants it
  // More than may be asked at once: nothing is kept of those that are over.
  for (let i = 0; i < 100; i += 1) {
    const asked = exchange.ask('a-run/0', undefined);
    expect(await asked?.withdraw()).toBe(false);
    expect((await asked?.found)?.destroyed).toBe(false);
  }
});
