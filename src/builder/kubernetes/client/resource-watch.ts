import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { KubernetesApi } from './api.ts';
import { KubernetesError } from './error.ts';
import { linesOf } from './lines.ts';

/** The server ends a watch after this long, so one that hangs is noticed. */
const WATCH_SECONDS = 240;
const SILENCE_LIMIT_MS = (WATCH_SECONDS + 30) * 1_000;
const RETRY_PAUSES_MS = [100, 500, 2_000, 5_000];

/** What every object has. */
export interface Watched {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

export interface ResourceWatchOptions<T extends Watched> {
  readonly api: KubernetesApi;
  /** Of the collection, without a query. */
  readonly path: string;
  /** Which of them: `labelSelector`, `fieldSelector`. */
  readonly query: Readonly<Record<string, string>>;
  readonly schema: z.ZodType<T>;
  /** Whom an object concerns; `undefined`: nobody, and it is not kept. */
  readonly keyOf: (item: T) => string | undefined;
  /** For messages: `the Jobs of nuvolaris`. */
  readonly what: string;
}

const List = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()).nullable(),
});
const Event = z.object({ type: z.string(), object: z.unknown() });
const Version = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const Trouble = z.object({ code: z.number().optional(), message: z.string().optional() });

/**
 * The objects of a collection as they are now, for any number of listeners over one connection. It is open while there is a
 * listener; where it breaks it goes on where it was, and where the server has forgotten that, it lists once more.
 */
export class ResourceWatch<T extends Watched> implements AsyncDisposable {
  readonly #options: ResourceWatchOptions<T>;
  readonly #items = new Map<string, T>();
  readonly #listeners = new Map<Listener<T>, string>();
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #failure: Error | undefined;

  constructor(options: ResourceWatchOptions<T>) {
    this.#options = options;
  }

  /** Why nothing is heard any more, where that is for good: the API server does not let us. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Calls `listener` with each object of `key` that changed, or that went, as it last was. The result ends it. */
  subscribe(key: string, listener: Listener<T>): () => void {
    this.#listeners.set(listener, key);
    if (this.#running === undefined) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** What there is of `key` now, as far as was heard. */
  of(key: string): readonly T[] {
    return [...this.#items.values()].filter((item) => this.#options.keyOf(item) === key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#running?.ended;
    this.#listeners.clear();
    this.#stop();
    await ended;
  }

  #start(): void {
    const stop = new AbortController();
    this.#failure = undefined;
    const ended = this.#run(stop.signal).catch((error: Error) => {
      if (stop.signal.aborted) return;
      this.#failure = error;
      this.#running = undefined;
      for (const listener of [...this.#listeners.keys()]) listener(undefined);
    });
    this.#running = { stop, ended };
  }

  #stop(): void {
    this.#running?.stop.abort();
    this.#running = undefined;
    this.#items.clear();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        let version: string | undefined = await this.#list(signal);
        failures = 0;
        while (version !== undefined) version = await this.#watch(version, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!passes(error)) throw error;
        await wait(RETRY_PAUSES_MS[Math.min(failures, RETRY_PAUSES_MS.length - 1)], undefined, { signal });
        failures += 1;
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { api, path, query, schema, what } = this.#options;
    const doing = `list ${what}`;
    const answer = await api.call({
      method: 'GET',
      path: `${path}?${new URLSearchParams(query)}`,
      doing,
      signal,
    });
    const list = read(List, answer, doing);
    signal.throwIfAborted();
    const before = [...this.#items.values()];
    this.#items.clear();
    const now = (list.items ?? []).map((item) => read(schema, item, doing));
    for (const item of now) this.#keep(item);
    this.#tell([...before, ...now]);
    return list.metadata.resourceVersion;
  }

  /** Hears what changes after `version`; gives the version to go on from, or `undefined` where the list has to be made anew. */
  async #watch(version: string, signal: AbortSignal): Promise<string | undefined> {
    const { api, path, query, what } = this.#options;
    const doing = `watch ${what}`;
    const ask = new URLSearchParams({
      ...query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(SILENCE_LIMIT_MS)]);
    let last = version;
    try {
      const response = await api.stream({ method: 'GET', path: `${path}?${ask}`, doing, signal: limit });
      for await (const line of linesOf(response, doing)) {
        if (line === '') continue;
        const heard = this.#hear(read(Event, JSON.parse(line), doing), doing);
        if (heard === undefined) return undefined;
        last = heard;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KubernetesError && error.status === 410) return undefined;
      if (error instanceof KubernetesError) throw error;
      await wait(RETRY_PAUSES_MS[0], undefined, { signal }); // the connection broke: go on where it was
    }
    return last;
  }

  /** The version of what was heard; `undefined` where the server has forgotten what came before. */
  #hear({ type, object }: z.infer<typeof Event>, doing: string): string | undefined {
    if (type === 'ERROR') {
      const { code, message } = read(Trouble, object, doing);
      if (code === 410) return undefined;
      throw new KubernetesError('REFUSED', `cannot ${doing}: ${message ?? 'the API server ended it'}`, {
        status: 500,
      });
    }
    if (type === 'BOOKMARK') return read(Version, object, doing).metadata.resourceVersion;
    const item = read(this.#options.schema, object, doing);
    if (type === 'DELETED') this.#items.delete(item.metadata.uid);
    else this.#keep(item);
    this.#tell([item]);
    return item.metadata.resourceVersion;
  }

  #keep(item: T): void {
    if (this.#options.keyOf(item) !== undefined) this.#items.set(item.metadata.uid, item);
  }

  #tell(items: readonly T[]): void {
    for (const item of items) {
      const key = this.#options.keyOf(item);
      for (const [listener, of] of [...this.#listeners]) if (of === key) listener(item);
    }
  }
}

/** `undefined`: nothing is heard any more. */
type Listener<T> = (item: T | undefined) => void;

/** Whether it is worth asking again: not where the API server does not let us, or makes no sense. */
const passes = (error: unknown): boolean =>
  !(error instanceof KubernetesError) ||
  error.code === 'UNREACHABLE' ||
  (error.code === 'REFUSED' && (error.status ?? 0) >= 429) ||
  error.status === 410;

/** An answer as its schema says. Throws `PROTOCOL`. */
export function read<T>(schema: z.ZodType<T>, value: unknown, doing: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new KubernetesError('PROTOCOL', `cannot ${doing}: the answer makes no sense at "${where}"`, {
    cause: parsed.error,
  });
}
