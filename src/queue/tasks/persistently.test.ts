import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../database/index.ts';
import { persistently } from './persistently.ts';

const away = (): DatabaseError => new DatabaseError('UNAVAILABLE', 'The database is away');

/** What happens in a time that passes only where somebody sleeps or works. */
async function trying<T>(work: (isAgain: boolean) => T, worksForMs = 0) {
  let now = 5;
  const tries: boolean[] = [];
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const outcome = await persistently(
    async (isAgain) => {
      tries.push(isAgain);
      await sleep(worksForMs);
      return work(isAgain);
    },
    { now: () => now, sleep },
  ).catch((error: unknown) => error);
  return { outcome, tries, heldMs: now - 5 };
}

const fail = (error: Error) => (): never => {
  throw error;
};

describe('what is done again while the database is away', () => {
  it('is begun once where the database has waited long enough itself', async () => {
    const { outcome, tries, heldMs } = await trying(fail(away()), 14_600); // it gives up a little before its 15 s
    expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });
    expect({ tries, heldMs }).toEqual({ tries: [false], heldMs: 14_600 });
  });

  it('is begun again for ten seconds where it fails at once', async () => {
    const { outcome, tries, heldMs } = await trying(fail(away()));
    expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });
    expect(heldMs).toBeGreaterThan(9000);
    expect(heldMs).toBeLessThanOrEqual(10_000);
    expect(tries.length).toBeGreaterThan(10);
  });

  it('says whether it was begun before, and gives what it gave at last', async () => {
    const errors = [away(), away()];
    const { outcome, tries } = await trying(() => {
      const error = errors.pop();
      if (error !== undefined) throw error;
      return 'done';
    });
    expect({ outcome, tries }).toEqual({ outcome: 'done', tries: [false, true, true] });
  });

  it('is not begun again for anything else', async () => {
    const closed = new DatabaseError('CLOSED', 'The database is closed');
    expect(await trying(fail(closed))).toEqual({ outcome: closed, tries: [false], heldMs: 0 });
  });
});
