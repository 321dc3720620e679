import { type ObjectStore, StoreError, type StoreErrorCode } from '../../store/index.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';

export type Fault =
  /** Fails after so many bytes of the content. */
  | { readonly kind: 'fail'; readonly code: StoreErrorCode; readonly afterBytes?: number }
  /** Takes so many bytes, and then nothing more until it is told to give up. */
  | { readonly kind: 'stall'; readonly afterBytes: number };

export interface FaultyStore extends ObjectStore {
  /** What happens to the next object whose key matches. */
  next(key: RegExp, fault: Fault): void;
  /** Resolves when a put stalls. */
  readonly stalled: Promise<void>;
  keys(): Promise<string[]>;
}

/** A store in memory that goes wrong when it is told to. */
export function openFaultyStore(): FaultyStore {
  const memory = openMemoryStore();
  const faults: { readonly key: RegExp; readonly fault: Fault }[] = [];
  const stalled = Promise.withResolvers<void>();

  async function* faulty(
    content: AsyncIterable<Uint8Array>,
    fault: Fault,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > (fault.afterBytes ?? 0)) break;
      yield chunk;
    }
    if (fault.kind === 'fail') throw new StoreError(fault.code, `out of order (${fault.code})`);
    stalled.resolve();
    await new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }
  return {
    ...memory,
    name: 'the store of the test',
    put(key, content, options = {}) {
      const at = faults.findIndex((each) => each.key.test(key));
      const [found] = at < 0 ? [] : faults.splice(at, 1);
      return memory.put(key, found ? faulty(content, found.fault, options.signal) : content, options);
    },
    next: (key, fault) => void faults.push({ key, fault }),
    stalled: stalled.promise,
    keys: async () => (await memory.list()).objects.map(({ key }) => key),
  };
}
