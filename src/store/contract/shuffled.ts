import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError, type StoreErrorCode } from '../error.ts';
import type { ObjectStore } from '../store.ts';
import { bytesOf, lend, readContent, sha256Of } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions, type StoreRig } from './rig.ts';

// None is above another one: that would be refused or not, depending on what is there.
const KEYS = ['a/1', 'b'] as const; // few, so that calls meet
const AT_ONCE = 3;
const CALLS = 8;

/** One call of one of those who use the store at the same time. */
const call = fc.record({
  what: fc.constantFrom('put', 'put if absent', 'put expired', 'read', 'remove', 'remove expired'),
  key: fc.constantFrom(...KEYS),
  sizeBytes: fc.constantFrom(0, 10, 90_000),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** Something that a key may have had: what one call put there, or nothing. Times count events, from 1. */
interface Write {
  readonly key: string;
  /** Of the content; `undefined`: nothing is there then. */
  readonly sha256: string | undefined;
  readonly begunAt: number;
  endedAt: number;
}

interface Read {
  readonly key: string;
  /** `some`: there was a content, whatever it was. */
  readonly sha256: string | 'some' | undefined;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** What was done and seen, in the order of this process. */
class History {
  readonly #writes: Write[] = KEYS.map((key) => ({ key, sha256: undefined, begunAt: 0, endedAt: 0 }));
  readonly reads: Read[] = [];
  #time = 0;

  tick(): number {
    this.#time += 1;
    return this.#time;
  }

  /** Until it has succeeded it may have happened or not: nobody sees that it did not. */
  begin(key: string, sha256: string | undefined): Write {
    const write = { key, sha256, begunAt: this.tick(), endedAt: Number.POSITIVE_INFINITY };
    this.#writes.push(write);
    return write;
  }

  /** Whether a read found what was there at a moment between its beginning and its end. */
  explains({ key, sha256, begunAt, endedAt }: Read): boolean {
    const ofKey = this.#writes.filter((write) => write.key === key);
    const isFound = (found: string | undefined): boolean =>
      sha256 === 'some' ? found !== undefined : found === sha256;
    return ofKey
      .filter((write) => isFound(write.sha256) && write.begunAt < endedAt)
      .some((write) => !ofKey.some((other) => other.begunAt > write.endedAt && other.endedAt < begunAt));
  }
}

const isStoreError = (error: unknown, ...codes: readonly StoreErrorCode[]): boolean =>
  error instanceof StoreError && codes.includes(error.code);

/** A store in a cloud may have to ask again in the middle of an object, or may be overtaken by another one who puts. */
const expectedTrouble = (error: unknown): void => {
  if (!isStoreError(error, 'CHANGED', 'TRUNCATED', 'UNAVAILABLE')) throw error;
};

async function read(store: ObjectStore, key: string, history: History): Promise<void> {
  const begunAt = history.tick();
  const content = await store.open(key);
  const bytes = content === undefined ? undefined : await readContent(content);
  const sha256 = bytes === undefined ? undefined : sha256Of(bytes);
  if (content !== undefined) expect(content.object).toMatchObject({ key, sizeBytes: bytes?.length });
  if (content?.object.sha256 !== undefined) expect(content.object.sha256).toBe(sha256);
  history.reads.push({ key, sha256, begunAt, endedAt: history.tick() });
}

interface Using {
  readonly rig: StoreRig;
  readonly history: History;
  /** Gives each content bytes of its own. */
  readonly seed: () => number;
}

async function make({ what, key, sizeBytes }: Call, { rig, history, seed }: Using): Promise<void> {
  const { store, clock } = rig;
  if (what === 'read') return await read(store, key, history);
  if (what === 'remove expired') return void (await store.removeExpired({ now: clock.now }));
  if (what === 'remove') {
    const write = history.begin(key, undefined);
    await store.remove(key);
    write.endedAt = history.tick();
    return;
  }
  const bytes = Buffer.concat([Buffer.from(`${seed()} `), bytesOf(sizeBytes)]);
  const isExpired = what === 'put expired';
  const write = history.begin(key, isExpired ? undefined : sha256Of(bytes));
  const expiresAt = isExpired ? clock.now - 1 : clock.now + 60_000;
  try {
    await store.put(key, lend(bytes), { expiresAt, ifAbsent: what === 'put if absent' });
    write.endedAt = history.tick();
  } catch (error) {
    if (!isStoreError(error, 'EXISTS')) throw error;
    history.reads.push({ key, sha256: 'some', begunAt: write.begunAt, endedAt: history.tick() });
  }
}

export function describeShuffled(options: StoreContractOptions): void {
  describe('in any order', () => {
    refuseWarnings();

    it('gives each reader what was there at one moment, whole, whoever puts, removes and collects meanwhile', async () => {
      const users = fc.array(fc.array(call, { maxLength: CALLS }), { minLength: 2, maxLength: AT_ONCE });
      await fc.assert(
        fc.asyncProperty(users, async (calls) => {
          await using rig = await openRig(options);
          const history = new History();
          let contents = 0;
          const using = { rig, history, seed: () => (contents += 1) };
          const turns = calls.map(async (own) => {
            for (const each of own) await make(each, using).catch(expectedTrouble);
          });
          await Promise.all(turns);
          for (const key of KEYS) await read(rig.store, key, history);
          for (const each of history.reads) expect(history.explains(each), JSON.stringify(each)).toBe(true);
          await rig.store.removeExpired({ now: rig.clock.now });
          const there = history.reads.slice(-KEYS.length).filter(({ sha256 }) => sha256 !== undefined);
          const { objects } = await rig.store.list();
          expect(objects.map(({ key }) => key)).toEqual(there.map(({ key }) => key));
        }),
        { numRuns: options.shuffledRuns ?? 15 },
      );
    });
  });
}
