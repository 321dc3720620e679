import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { openSessionBook, SESSION_MIGRATIONS } from './session-book.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

let folder: string;
let file: Database;
const openFile = () =>
  openDatabase({
    location: { type: 'sqlite', file: join(folder, 'queue.db') },
    migrations: SESSION_MIGRATIONS,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-sessions-'));
  file = await openFile();
});
afterAll(async () => {
  await file[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.each([
  ['in a database', (): Database | undefined => file],
  ['of a server without one', () => undefined],
])('sessions %s', (_where, database) => {
  let at = 0;
  async function opened() {
    const clock = { now: NOW };
    const book = await openSessionBook({ database: database(), now: () => clock.now, onError: String });
    at += 1;
    const clientId = `people/${at}`;
    const begin = async (name: string, agent = ''): Promise<string> => {
      const sessionId = `${name}-${at}`;
      clock.now += 1;
      await book.note({ sessionId, clientId, beganAt: clock.now, expiresAt: clock.now + HOUR, agent });
      return sessionId;
    };
    const names = async () => (await book.list(clientId)).map(({ sessionId }) => sessionId);
    return { book, clock, clientId, begin, names };
  }

  it('are listed for their client alone, the newest first, until they end', async () => {
    const { book, clock, clientId, begin, names } = await opened();
    const [first, second] = [await begin('a', 'Firefox'), await begin('b')];
    expect(await names()).toEqual([second, first]);
    expect(await book.list(clientId)).toContainEqual({
      ...{ sessionId: first, clientId, agent: 'Firefox' },
      ...{ beganAt: NOW + 1, expiresAt: NOW + 1 + HOUR },
    });
    expect(await book.list('people/other')).toEqual([]);
    clock.now = NOW + 1 + HOUR;
    expect(await names()).toEqual([second]);
  });

  it('are ended one by one, once, and by their client alone', async () => {
    const { book, clientId, begin, names } = await opened();
    const [first, second] = [await begin('a'), await begin('b')];
    expect(await book.end('people/other', first)).toBe(0);
    expect(book.isEnded(first)).toBe(false);
    expect(await book.end(clientId, first)).toBe(1);
    expect([book.isEnded(first), book.isEnded(second)]).toEqual([true, false]);
    expect(await book.end(clientId, first)).toBe(0);
    expect(await names()).toEqual([second]);
  });

  it('are ended all at once, and those that begin after that go on', async () => {
    const { book, clientId, begin, names } = await opened();
    const before = [await begin('a'), await begin('b')];
    expect(await book.end(clientId)).toBe(2);
    const after = await begin('c');
    expect(before.map(book.isEnded)).toEqual([true, true]);
    expect(book.isEnded(after)).toBe(false);
    expect(await names()).toEqual([after]);
  });

  it('take no room once their time is over', async () => {
    const { book, clock, clientId, begin, names } = await opened();
    const first = await begin('a');
    await book.end(clientId, first);
    clock.now += 2 * HOUR;
    const second = await begin('b');
    await book.end(clientId, second);
    expect([book.isEnded(first), book.isEnded(second)]).toEqual([false, true]);
    expect(await names()).toEqual([]);
  });
});

it('a session that was ended stays so when its server starts again', async () => {
  const options = { now: () => NOW, onError: String };
  const session = { clientId: 'ann', beganAt: NOW, expiresAt: NOW + HOUR, agent: '' };
  using first = await openSessionBook({ ...options, database: file });
  await first.note({ ...session, sessionId: 'stolen' });
  await first.end('ann', 'stolen');
  await file[Symbol.asyncDispose]();
  file = await openFile();
  using second = await openSessionBook({ ...options, database: file });
  expect([second.isEnded('stolen'), second.isEnded('other')]).toEqual([true, false]);
});
