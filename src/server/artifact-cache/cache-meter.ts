import { Counter, Gauge, type Registry } from 'prom-client';
import type { PlaceKind, RepositorySize } from '../../cache/index.ts';

/** What a request was about: a file of the repository, or many objects at once. */
export type AskedKind = PlaceKind | 'closure' | 'batch';

/** Counts what is asked of the artifact cache. */
export interface CacheMeter {
  /** One question was answered: it is there, or it is not. */
  asked(kind: AskedKind, isThere: boolean): void;
  /** The same of one object of a batch. */
  batched(isThere: boolean): void;
  sent(kind: AskedKind, bytes: number): void;
  /** An upload was published. */
  received(objects: number, bytes: number): void;
}

/** What was asked since the beginning. */
export interface CacheTotals {
  /** Questions for refs, which each pull begins with. */
  readonly hits: number;
  readonly misses: number;
  readonly sentBytes: number;
}

/** What was counted since it was last told. */
type Pending = Map<string, number>;

const add = (pending: Pending, key: string, amount = 1): void =>
  void pending.set(key, (pending.get(key) ?? 0) + amount);

/** A counter whose labels are looked up when somebody scrapes: a pull asks for thousands of objects. */
function countLater(
  registry: Registry,
  {
    name,
    help,
    labelNames,
  }: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
): Pending {
  const pending: Pending = new Map();
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      for (const [key, amount] of pending) {
        const values = key.split(' ');
        this.inc(Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? ''])), amount);
      }
      pending.clear();
    },
  });
  return pending;
}

/** Makes the metrics of an artifact cache. */
export function createCacheMeter(registry: Registry): CacheMeter & { readonly totals: () => CacheTotals } {
  const totals = { hits: 0, misses: 0, sentBytes: 0 };
  const requests = countLater(registry, {
    name: 'slipway_cache_requests_total',
    help: 'Questions to the artifact cache, by what was asked for and whether it is there',
    labelNames: ['kind', 'outcome'],
  });
  const batched = countLater(registry, {
    name: 'slipway_cache_batched_objects_total',
    help: 'Objects that were asked for many at once, by whether they are there',
    labelNames: ['outcome'],
  });
  const bytes = countLater(registry, {
    name: 'slipway_cache_sent_bytes_total',
    help: 'Bytes of the artifact cache that were sent, ended or not complete',
    labelNames: ['kind'],
  });
  const received = {
    objects: new Counter({
      name: 'slipway_cache_received_objects_total',
      help: 'Objects that came with uploads to the artifact cache that were published',
      registers: [registry],
    }),
    bytes: new Counter({
      name: 'slipway_cache_received_bytes_total',
      help: 'Bytes that came with uploads to the artifact cache that were published',
      registers: [registry],
    }),
  };
  return {
    asked(kind, isThere) {
      add(requests, isThere ? `${kind} hit` : `${kind} miss`);
      if (kind === 'ref') totals[isThere ? 'hits' : 'misses'] += 1;
    },
    batched: (isThere) => add(batched, isThere ? 'hit' : 'miss'),
    sent(kind, sentBytes) {
      add(bytes, kind, sentBytes);
      totals.sentBytes += sentBytes;
    },
    received(objects, receivedBytes) {
      received.objects.inc(objects);
      received.bytes.inc(receivedBytes);
    },
    totals: () => ({ ...totals }),
  };
}

const SIZES = [
  ['slipway_cache_refs', 'Refs of the artifact cache', 'refs'],
  ['slipway_cache_objects', 'Objects of the artifact cache', 'objects'],
  ['slipway_cache_repository_bytes', 'What the objects of the artifact cache take', 'bytes'],
  ['slipway_cache_quota_bytes', 'What they may take', 'quotaBytes'],
] as const;

/**
 * Says from now on how much a repository holds: `NaN` what is not known, and infinite a quota that there is not. `read` is
 * called once for each scrape.
 */
export function watchCacheSize(registry: Registry, read: () => Promise<Partial<RepositorySize>>): void {
  let reading: Promise<Partial<RepositorySize>> | undefined;
  // All gauges of a scrape are asked at once: they share one look.
  const current = (): Promise<Partial<RepositorySize>> => {
    reading ??= read()
      .catch((): Partial<RepositorySize> => ({})) // the scrape goes on; `/healthz` says whether the repository can be read
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  for (const [name, help, field] of SIZES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const unknown = field === 'quotaBytes' ? Number.POSITIVE_INFINITY : Number.NaN;
        this.set((await current())[field] ?? unknown);
      },
    });
  }
}
