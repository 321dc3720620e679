/** Work that is done together with what else waits for it. */
export type Gathered<Item, Answer> = (item: Item) => Promise<Answer>;

interface GatherOptions<Item, Answer> {
  /** Does it for some items; answers come in their order. */
  readonly work: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Two items with the same key are never in one piece of work. */
  readonly keyOf: (item: Item) => string;
  readonly size: number;
  /** Pieces of work at the same time. */
  readonly parallel: number;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls that come while others are at the database go there together: one statement for all of them. A call that comes alone
 * waits for nobody.
 */
export function gather<Item, Answer>(options: GatherOptions<Item, Answer>): Gathered<Item, Answer> {
  const { work, keyOf, size, parallel } = options;
  let waiting: Waiting<Item, Answer>[] = [];
  let running = 0;
  let isDue = false;

  function take(): Waiting<Item, Answer>[] {
    const taken = new Map<string, Waiting<Item, Answer>>();
    const left: Waiting<Item, Answer>[] = [];
    for (const one of waiting) {
      const key = keyOf(one.item);
      if (taken.size < size && !taken.has(key)) taken.set(key, one);
      else left.push(one);
    }
    waiting = left;
    return [...taken.values()];
  }

  async function run(taken: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await work(taken.map(({ item }) => item));
      for (const [i, { resolve }] of taken.entries()) resolve(answers[i] as Answer); // one for each
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
    running -= 1;
    start();
  }

  function start(): void {
    while (running < parallel && waiting.length > 0) {
      running += 1;
      void run(take());
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isDue) return;
      isDue = true;
      // What comes in the same turn of the event loop goes together from the beginning.
      queueMicrotask(() => {
        isDue = false;
        start();
      });
    });
}
