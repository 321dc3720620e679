import { describe, expect, it } from 'vitest';
import { gather } from './gather.ts';

/** Work whose pieces end when the test says so. */
function controlled(options: { size: number; parallel: number }) {
  const pieces: { items: readonly string[]; end: PromiseWithResolvers<void> }[] = [];
  const call = gather<string, string>({
    ...options,
    keyOf: (item) => item.split(':')[0] ?? '',
    async work(items) {
      const end = Promise.withResolvers<void>();
      pieces.push({ items, end });
      await end.promise;
      return items.map((item) => `did ${item}`);
    },
  });
  const itemsOf = (): (readonly string[])[] => pieces.map(({ items }) => items);
  return { call, pieces, itemsOf };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('gathered work', () => {
  it('takes together what comes in one turn, and then what came meanwhile', async () => {
    const { call, pieces, itemsOf } = controlled({ size: 10, parallel: 1 });
    const first = [call('a'), call('b')];
    await turn();
    const second = [call('c'), call('d')];
    await turn();
    expect(itemsOf()).toEqual([['a', 'b']]);
    pieces[0]?.end.resolve();
    expect(await Promise.all(first)).toEqual(['did a', 'did b']);
    await turn();
    expect(itemsOf()).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    pieces[1]?.end.resolve();
    expect(await Promise.all(second)).toEqual(['did c', 'did d']);
  });

  it('never has two items of one key in a piece, nor more than fit, nor more pieces than may be', async () => {
    const { call, pieces, itemsOf } = controlled({ size: 2, parallel: 2 });
    const all = ['a:1', 'a:2', 'b', 'c', 'd'].map(call);
    await turn();
    expect(itemsOf()).toEqual([
      ['a:1', 'b'],
      ['a:2', 'c'],
    ]);
    pieces[1]?.end.resolve();
    await turn();
    expect(itemsOf().slice(2)).toEqual([['d']]);
    for (const { end } of pieces) end.resolve();
    expect(await Promise.all(all)).toHaveLength(5);
  });

  it('fails for those whose piece fails, and goes on', async () => {
    const { call, pieces } = controlled({ size: 1, parallel: 1 });
    const [failing, fine] = [call('a'), call('b')];
    await turn();
    pieces[0]?.end.reject(new Error('away'));
    await expect(failing).rejects.toThrow('away');
    await turn();
    pieces[1]?.end.resolve();
    expect(await fine).toBe('did b');
  });
});
