import type { ObjectName } from '../ostree/object-name.ts';
import { encodeFrames, MAX_BATCH_OBJECTS } from '../wire/batch.ts';
import { decodeEntries, ENTRY_BYTES } from '../wire/entries.ts';

/** An object that is being sent: all of it, or its chunks, which are borrowed. Dispose it in any case. */
export interface SentObject extends AsyncDisposable {
  readonly sizeBytes: number;
  /** Where it is small. */
  readonly bytes?: Buffer;
  chunks(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Finds an object; `undefined` where it is not there. */
export type OpenObject = (name: ObjectName) => Promise<SentObject | undefined>;

/** What a request for many objects asks for; `undefined` where it is none, asks for one twice, or for too many. */
export function readBatch(body: Uint8Array): Uint8Array | undefined {
  const count = body.length / ENTRY_BYTES;
  if (!Number.isInteger(count) || count === 0 || count > MAX_BATCH_OBJECTS) return undefined;
  if (decodeEntries(body) === undefined) return undefined;
  const text = Buffer.from(body.buffer, body.byteOffset, body.length);
  const entries = new Set<string>();
  for (let at = 0; at < text.length; at += ENTRY_BYTES)
    entries.add(text.toString('latin1', at, at + ENTRY_BYTES));
  return entries.size === count ? body : undefined;
}

export interface BatchOptions {
  readonly open: OpenObject;
  readonly signal: AbortSignal;
  /** Told of each object, in the order asked. */
  readonly onObject: (isThere: boolean) => void;
}

// While one is sent, the next ones are opened and, where they are small, read.
const AHEAD = 8;
// Small ones go out together.
const GATHERED_BYTES = 64 * 1024;

/** Frames with their content for what `readBatch` returned, in borrowed chunks. Iterate it once, and to its end or with `return()`. */
export async function* batchChunks(
  entries: Uint8Array,
  { open, signal, onObject }: BatchOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  // The names take ten times as much memory as their bytes: they are read as they are needed.
  const nameAt = (at: number): ObjectName | undefined =>
    decodeEntries(entries.subarray(at, at + ENTRY_BYTES))?.[0];
  const opening: { readonly name: ObjectName; readonly object: Promise<SentObject | undefined> }[] = [];
  let next = 0;
  const lookAhead = (): void => {
    for (; opening.length < AHEAD && next < entries.length; next += ENTRY_BYTES) {
      const name = nameAt(next);
      if (name === undefined) continue; // all of them were read before
      const object = open(name);
      object.catch(() => {}); // told when it is its turn
      opening.push({ name, object });
    }
  };
  const gathered = new Gathered();
  try {
    for (lookAhead(); opening.length > 0; lookAhead()) {
      const [{ name, object }] = opening as [(typeof opening)[0]]; // there is one
      const found = await object;
      opening.shift();
      await using sent = found;
      onObject(sent !== undefined);
      gathered.add(encodeFrames([{ name, ...(sent !== undefined && { sizeBytes: sent.sizeBytes }) }]));
      if (sent?.bytes !== undefined) gathered.add(sent.bytes);
      if (gathered.sizeBytes >= GATHERED_BYTES) yield gathered.take();
      if (sent === undefined || sent.bytes !== undefined) continue;
      if (gathered.sizeBytes > 0) yield gathered.take();
      yield* exactChunks(sent, signal);
    }
    if (gathered.sizeBytes > 0) yield gathered.take();
  } finally {
    for (const { object } of opening) await (await object.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

/** Throws where there is more or less than was promised: what follows would be taken for something else. */
async function* exactChunks(
  sent: SentObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let leftBytes = sent.sizeBytes;
  for await (const chunk of sent.chunks(signal)) {
    leftBytes -= chunk.length;
    if (leftBytes < 0) break;
    yield chunk;
  }
  if (leftBytes !== 0)
    throw new Error(`an object of ${sent.sizeBytes} bytes changed its size while it was sent`);
}

class Gathered {
  #parts: Buffer[] = [];
  sizeBytes = 0;

  add(part: Buffer): void {
    this.#parts.push(part);
    this.sizeBytes += part.length;
  }

  take(): Buffer {
    const bytes = Buffer.concat(this.#parts, this.sizeBytes);
    this.#parts = [];
    this.sizeBytes = 0;
    return bytes;
  }
}
