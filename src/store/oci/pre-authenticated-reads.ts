import { StoreError } from '../error.ts';
import { isKey } from '../key.ts';
import type { OciLocation } from '../location.ts';
import type { ByteRange, StoredObject } from '../store.ts';
import { asItIs, orDiscard } from './answers.ts';
import { createOciClient, type OciClient, type OciClientOptions, type OciOutcome } from './client.ts';
import type { HttpAnswer } from './exchange.ts';
import { headObject } from './head-object.ts';
import { checkVersion, isExpired, readObject } from './object-headers.ts';
import type { OciRead, OciReads, OciReadsOptions } from './oci-reads.ts';
import { changed, checkRange, rangeHeader } from './open-object.ts';
import {
  createPreAuthenticated,
  deleteExpired,
  deletePreAuthenticated,
  LIFE_MS,
  type PreAuthenticated,
} from './pre-authenticated.ts';
import { resumingChunks } from './resuming-chunks.ts';
import { type Refusal, storeError } from './trouble.ts';
import { verifiedChunks } from './verified-chunks.ts';

const SPARE_MS = 10_000; // one that is about to expire is not begun with

/** See `openOciReads`. */
export function preAuthenticatedReads(
  location: OciLocation,
  { now, onTrouble, limits }: OciReadsOptions & Pick<OciClientOptions, 'limits'>,
): OciReads {
  const client = createOciClient(location, { now, ...(limits !== undefined && { limits }) });
  const cleaning = new Cleaning(client, onTrouble ?? (() => undefined));
  return {
    async open(name, { signal }) {
      signal.throwIfAborted();
      if (!isKey(name)) return undefined;
      const found = await headObject(client, name, signal);
      if (found === undefined || isExpired(found.object, client.now())) return undefined;
      return new Reading(client, found.object, cleaning);
    },
    async [Symbol.asyncDispose]() {
      await cleaning.settled();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** What goes on behind the reads, and makes nobody wait. */
class Cleaning {
  readonly #client: OciClient;
  readonly #onTrouble: (error: unknown) => void;
  readonly #tasks = new Set<Promise<void>>();
  #sweeping: Promise<void> | undefined;

  constructor(client: OciClient, onTrouble: (error: unknown) => void) {
    this.#client = client;
    this.#onTrouble = onTrouble;
  }

  /** One sweep at a time is enough: the next one finds what this one misses. */
  sweep(): void {
    this.#sweeping ??= this.#run((signal) => deleteExpired(this.#client, signal)).finally(() => {
      this.#sweeping = undefined;
    });
  }

  /** Deletes what was made, or is just being made. */
  delete(making: Promise<PreAuthenticated>): void {
    void this.#run(async (signal) => {
      const made = await making.catch(() => undefined); // whoever waits for it is told
      if (made !== undefined) await deletePreAuthenticated(this.#client, made.id, signal);
    });
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { limits, name } = this.#client;
    const signal = AbortSignal.timeout(limits.cleaningTimeoutMs);
    const what = `Cannot delete pre-authenticated requests of ${name}: the store does not answer`;
    const task = work(signal)
      .catch((error: unknown) => this.#onTrouble(signal.aborted ? new StoreError('TIMEOUT', what) : error))
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
    return task;
  }
}

interface Access {
  readonly made: Promise<PreAuthenticated>;
  readonly begunAt: number;
}

class Reading implements OciRead {
  readonly object: StoredObject;
  readonly #client: OciClient;
  readonly #cleaning: Cleaning;
  readonly #what: string;
  #access: Access | undefined;

  constructor(client: OciClient, object: StoredObject, cleaning: Cleaning) {
    this.object = object;
    this.#client = client;
    this.#cleaning = cleaning;
    this.#what = `Cannot read "${object.key}" from ${client.name}`;
  }

  async *read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (range.start >= range.end) return;
    const again = (rest: ByteRange): Promise<OciOutcome<HttpAnswer>> => this.#ask(rest, signal);
    const { result } = await again(range);
    if (!result.ok) throw readError(result.error, this.#what);
    const first = result.value;
    orDiscard(first, () => {
      const { object } = readObject(this.object.key, first, this.#what);
      checkVersion(object, this.object.version, this.#what);
      checkRange(first, range, object, this.#what);
    });
    const reading = { first, range, again, what: this.#what, limits: this.#client.limits, signal };
    yield* verifiedChunks(resumingChunks(reading), this.object, range, this.#what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#access !== undefined) this.#drop(this.#access);
  }

  /** Asks with what is there. One that is refused may have expired, or another service deleted it: then with a new one. */
  async #ask(range: ByteRange, signal: AbortSignal): Promise<OciOutcome<HttpAnswer>> {
    const isWhole = range.start === 0 && range.end === this.object.sizeBytes;
    const headers = { ...rangeHeader(isWhole ? undefined : range), 'if-match': this.object.version };
    for (;;) {
      const { access, isNew } = this.#usable(signal);
      const path = await access.made.then(
        (made) => made.path,
        (error: unknown) => {
          if (this.#access === access) this.#access = undefined;
          if (isNew) throw error;
        },
      );
      if (path === undefined) continue; // another reader's, who gave up
      const call = { what: this.#what, method: 'GET', path, headers, signal } as const;
      const outcome = await this.#client.callUnsigned(call, asItIs);
      if (outcome.result.ok || isNew || !isRefused(outcome.result.error)) return outcome;
      this.#drop(access);
    }
  }

  // Without a pause between looking and taking its place: who reads at the same time shares it.
  #usable(signal: AbortSignal): { readonly access: Access; readonly isNew: boolean } {
    const now = this.#client.now();
    const kept = this.#access;
    if (kept !== undefined && kept.begunAt + LIFE_MS - SPARE_MS > now) return { access: kept, isNew: false };
    if (kept !== undefined) this.#drop(kept);
    this.#cleaning.sweep();
    const access = { made: createPreAuthenticated(this.#client, this.object.key, signal), begunAt: now };
    this.#access = access;
    return { access, isNew: true };
  }

  #drop(access: Access): void {
    if (this.#access !== access) return;
    this.#access = undefined;
    this.#cleaning.delete(access.made);
  }
}

/** Not the object is refused, or gone, but what lets it be read. */
const isRefused = ({ status, code }: Refusal): boolean =>
  status === 401 || status === 403 || (status === 404 && code !== 'ObjectNotFound');

function readError(refusal: Refusal, what: string): StoreError {
  if (refusal.status === 412) return changed(what);
  if (refusal.code === 'ObjectNotFound') return new StoreError('CHANGED', `${what}: it was removed`);
  if (isRefused(refusal))
    return new StoreError('FORBIDDEN', `${what}: its pre-authenticated request is refused: ${refusal.text}`);
  return storeError(refusal, what);
}
