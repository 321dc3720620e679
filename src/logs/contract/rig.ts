import type { LogStore } from '../log-store.ts';

/** What the contract is run on. */
export interface LogContractOptions {
  /**
   * Opens a place for logs with nothing in it, once for each test. `reopen` opens it anew, as another process would after the
   * one before was killed: what was open stays as it is, and is disposed with the rig.
   */
  readonly open: (options: { readonly limitBytes?: number }) => Promise<LogPlace>;
}

export interface LogPlace extends AsyncDisposable {
  readonly logs: LogStore;
  reopen(): Promise<LogStore>;
}

export const NAME = 'tasks/fX3kC0wRQ-2h2HvJYqLzqA/0/public%2Flogs%2Flive.log';

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export const never = (): AbortSignal => new AbortController().signal;

/** All that a reading gives. */
export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(Buffer.from(chunk));
  return Buffer.concat(found).toString();
}

/** What is there now. */
export const contentOf = (logs: LogStore, name = NAME): Promise<string> =>
  textOf(logs.read(name, { follow: false, signal: never() }));

/** A follower that shows what it has so far. */
export interface Follower {
  readonly text: string;
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  /** Resolves when it has that much text. */
  has(text: string): Promise<void>;
  abort(reason?: unknown): void;
}

export function followLog(
  logs: LogStore,
  options: { readonly start?: number; readonly awaited?: boolean; readonly name?: string } = {},
): Follower {
  const { name = NAME, ...more } = options;
  const controller = new AbortController();
  let text = '';
  let waiting: { readonly wanted: string; readonly resolve: () => void }[] = [];
  const told = (): void => {
    for (const { wanted, resolve } of waiting) if (text === wanted) resolve();
    waiting = waiting.filter(({ wanted }) => text !== wanted);
  };
  const done = (async () => {
    for await (const chunk of logs.read(name, { ...more, follow: true, signal: controller.signal })) {
      text += Buffer.from(chunk).toString();
      told();
    }
  })();
  done.catch(() => {}); // told to those who wait for it
  return {
    get text() {
      return text;
    },
    done,
    has: (wanted) =>
      Promise.race([
        done.then(() => {
          if (text !== wanted)
            throw new Error(`ended with ${JSON.stringify(text)}, not ${JSON.stringify(wanted)}`);
        }),
        new Promise<void>((resolve) => {
          waiting.push({ wanted, resolve });
          told();
        }),
      ]),
    abort: (reason) => controller.abort(reason),
  };
}
