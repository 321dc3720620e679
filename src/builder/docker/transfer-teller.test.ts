import { describe, expect, it } from 'vitest';
import { TransferTeller } from './transfer-teller.ts';

describe('what is told of an image on its way', () => {
  it('is what became of each layer, and every five seconds how far one is', () => {
    let now = 0;
    const said: string[] = [];
    const progress = { write: async (text: string) => void said.push(text), phase: () => undefined };
    const teller = new TransferTeller(progress, () => now);
    teller.tell({ status: 'The push refers to repository [r/x]' });
    teller.tell({ layer: 'a', status: 'Preparing' });
    for (now = 1000; now <= 11_000; now += 1000) {
      teller.tell({ layer: 'a', status: 'Pushing', currentBytes: now * 1000, totalBytes: 20_000_000 });
    }
    teller.tell({ layer: 'b', status: 'Mounted from library/x' });
    teller.tell({ layer: 'a', status: 'Pushed' });
    expect(said).toEqual([
      'Pushing a: 5.0 MB of 20.0 MB\n',
      'Pushing a: 10.0 MB of 20.0 MB\n',
      'Mounted from library/x b\n',
      'Pushed a\n',
    ]);
  });
});
