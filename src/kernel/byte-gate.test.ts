import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ByteGate } from './byte-gate.ts';

/** Asks for room and notes when it comes. */
function asking(gate: ByteGate) {
  const entered: string[] = [];
  const ask = async (name: string, bytes: number, signal?: AbortSignal): Promise<Disposable> => {
    const held = await gate.hold(bytes, signal);
    entered.push(name);
    return held;
  };
  return { entered, ask };
}

describe('ByteGate', () => {
  it('lets in what fits, and the rest in its order when there is room', async () => {
    const gate = new ByteGate(10);
    const { entered, ask } = asking(gate);
    const first = await ask('first', 6);
    const second = ask('second', 5);
    const third = ask('third', 1);
    await setImmediate();
    expect([entered, gate.heldBytes]).toEqual([['first'], 6]);
    first[Symbol.dispose]();
    first[Symbol.dispose](); // once is enough
    await Promise.all([second, third]);
    expect([entered, gate.heldBytes]).toEqual([['first', 'second', 'third'], 6]);
  });

  it('lets in alone what is larger than all of it', async () => {
    const gate = new ByteGate(10);
    const { entered, ask } = asking(gate);
    const large = await ask('large', 50);
    const small = ask('small', 1);
    expect(gate.tryHold(1)).toBeUndefined();
    await setImmediate();
    expect(entered).toEqual(['large']);
    large[Symbol.dispose]();
    await small;
    expect(gate.heldBytes).toBe(1);
  });

  it('forgets who leaves, and lets in those behind', async () => {
    const gate = new ByteGate(10);
    const { entered, ask } = asking(gate);
    await ask('first', 6);
    const leaving = new AbortController();
    const large = ask('large', 8, leaving.signal);
    const small = ask('small', 4);
    leaving.abort(new Error('left'));
    await expect(large).rejects.toThrow('left');
    await small;
    expect([entered, gate.heldBytes]).toEqual([['first', 'small'], 10]);
    await expect(ask('late', 1, leaving.signal)).rejects.toThrow('left');
  });
});
