import { describe, expect, it } from 'vitest';
import { ByteLru, type Weighed } from './byte-lru.ts';

/** Counts how often each value was made. */
function counting() {
  const made: string[] = [];
  const make = (name: string, sizeBytes = 1) => {
    return async (): Promise<Weighed<string>> => {
      made.push(name);
      return { value: name, sizeBytes };
    };
  };
  return { made, make };
}

describe('ByteLru', () => {
  it('makes a value once, and lets go of what was used longest ago', async () => {
    const lru = new ByteLru<string>(3);
    const { made, make } = counting();
    for (const name of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await lru.get(name, make(name));
    expect(made).toEqual(['a', 'b', 'c', 'd', 'b']);
    expect(lru.heldBytes).toBe(3);
  });

  it('keeps nothing that is larger than all it may hold, and nothing that is only passing', async () => {
    const lru = new ByteLru<string>(10);
    const { made, make } = counting();
    await lru.get('small', make('small', 10));
    await lru.get('large', make('large', 11));
    await lru.get('passing', async () => ({ ...(await make('passing')()), isPassing: true }));
    expect(await lru.get('small', make('small', 10))).toBe('small');
    expect([made, lru.heldBytes]).toEqual([['small', 'large', 'passing'], 10]);
  });

  it('gives what is in use to others, also where it was too large to be kept or had to go', async () => {
    const lru = new ByteLru<object>(10);
    const made: string[] = [];
    const get = (name: string, sizeBytes: number): Promise<object> =>
      lru.get(name, async () => {
        made.push(name);
        return { value: { name }, sizeBytes };
      });
    const [large, first] = [await get('large', 11), await get('first', 6)];
    await get('second', 6);
    expect([await get('large', 11), await get('first', 6)]).toEqual([large, first]);
    expect(await get('large', 11)).toBe(large);
    expect([made, lru.heldBytes]).toEqual([['large', 'first', 'second'], 6]);
  });

  it('makes a value once for all who ask meanwhile, and goes on while one of them waits', async () => {
    const lru = new ByteLru<string>(10);
    const work = Promise.withResolvers<Weighed<string>>();
    const signals: AbortSignal[] = [];
    const make = (signal: AbortSignal): Promise<Weighed<string>> => {
      signals.push(signal);
      return work.promise;
    };
    const leaving = new AbortController();
    const first = lru.get('a', make, leaving.signal);
    const second = lru.get('a', make);
    leaving.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    work.resolve({ value: 'made', sizeBytes: 1 });
    expect(await second).toBe('made');
  });

  it('gives up when the last one leaves, and begins anew for the next one', async () => {
    const lru = new ByteLru<string>(10);
    const leaving = new AbortController();
    const aborted = Promise.withResolvers<void>();
    const never = (signal: AbortSignal): Promise<Weighed<string>> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(signal.reason);
        });
      });
    const waiting = lru.get('a', never, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await aborted.promise;
    expect(await lru.get('a', async () => ({ value: 'again', sizeBytes: 1 }))).toBe('again');
    await expect(lru.get('b', never, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('is made anew by who waited for another one, where that failed', async () => {
    const lru = new ByteLru<string>(10);
    const broken = lru.get('a', () => Promise.reject(new Error('closed by who began')));
    const waiting = lru.get('a', async () => ({ value: 'own', sizeBytes: 1 }));
    await expect(broken).rejects.toThrow('closed by who began');
    expect(await waiting).toBe('own');
  });

  it('does not abort what is done', async () => {
    const lru = new ByteLru<string>(10);
    const signals: AbortSignal[] = [];
    await lru.get('a', async (signal) => {
      signals.push(signal);
      return { value: 'made', sizeBytes: 1 };
    });
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });

  it('keeps no failure', async () => {
    const lru = new ByteLru<string>(10);
    await expect(lru.get('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await lru.get('a', async () => ({ value: 'good', sizeBytes: 1 }))).toBe('good');
  });
});
