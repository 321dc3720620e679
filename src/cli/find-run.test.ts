import { describe, expect, it } from 'vitest';
import { openRunCatalog } from '../artifacts/index.ts';
import { runRecord } from '../artifacts/testing/run-record.ts';
import { type ObjectStore, openStore } from '../store/index.ts';
import { CommandError } from './command-error.ts';
import { findRun } from './find-run.ts';

async function storeWith(...runIds: string[]): Promise<ObjectStore> {
  const store = await openStore({ type: 'memory' });
  for (const runId of runIds) await openRunCatalog(store).write(runRecord({ runId }));
  return store;
}

const OLD = '665000000000000000000001';
const NEW = '665000010000000000000002';

describe('findRun', () => {
  it('finds a run by its id, by the beginning of one id, and the newest', async () => {
    const store = await storeWith(OLD, NEW);
    expect((await findRun(store, OLD)).runId).toBe(OLD);
    expect((await findRun(store, '66500001')).runId).toBe(NEW);
    expect((await findRun(store, 'latest')).runId).toBe(NEW);
    expect((await findRun(store)).runId).toBe(NEW);
  });

  it('takes a whole id that others begin with', async () => {
    expect((await findRun(await storeWith('run', 'run-2'), 'run')).runId).toBe('run');
  });

  it('names those that begin so, where there are several', async () => {
    const store = await storeWith(OLD, NEW);
    await expect(findRun(store, '6650')).rejects.toThrow(`2 runs begin with "6650": ${NEW}, ${OLD}`);
    const many = await storeWith(...Array.from({ length: 8 }, (_, i) => `r${i}`));
    await expect(findRun(many, 'r')).rejects.toThrow(/, and 3 more$/);
  });

  it('suggests the nearest id for a slip', async () => {
    const error = await findRun(await storeWith(OLD, NEW), '665000010000000000000003').catch((e) => e);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      message: 'there is no run "665000010000000000000003" in memory',
      hint: `Did you mean ${NEW}? slipway runs lists them.`,
    });
    await expect(findRun(await storeWith(OLD), 'lastest')).rejects.toMatchObject({
      hint: 'Did you mean latest? slipway runs lists them.',
    });
  });

  it('says how to make a run where there is none', async () => {
    const store = await storeWith();
    for (const wanted of ['latest', 'nope'])
      await expect(findRun(store, wanted)).rejects.toMatchObject({
        message: 'no run is kept in memory yet',
        hint: 'slipway build --artifacts makes one.',
      });
  });

  it.each(['../x', '', '\u001b[2J', 'x'.repeat(10_000), 'a/b'])(
    'shows %j safely and looks for nothing',
    async (word) => {
      const error = await findRun(await storeWith(OLD), word).catch((e: Error) => e);
      expect(error).toBeInstanceOf(CommandError);
      expect(String(error)).not.toContain('\u001b');
      expect(String(error).length).toBeLessThan(400);
    },
  );
});
