import { StoreError } from '../error.ts';
import { cutRange } from '../range.ts';
import type { ByteRange, ObjectContent, OpenOptions, StoredObject } from '../store.ts';
import { asItIs, orDiscard, protocolError } from './answers.ts';
import type { OciClient, OciOutcome } from './client.ts';
import type { HttpAnswer } from './exchange.ts';
import { headObject } from './head-object.ts';
import { checkVersion, isExpired, readObject } from './object-headers.ts';
import { objectPath } from './object-path.ts';
import { resumingChunks } from './resuming-chunks.ts';
import { storeError } from './trouble.ts';
import { verifiedChunks } from './verified-chunks.ts';

/** Opens an object of the bucket with a signed request. Throws `StoreError`, and the signal's reason. */
export async function openObject(
  client: OciClient,
  key: string,
  { range, ifVersion, signal }: OpenOptions = {},
): Promise<ObjectContent | undefined> {
  const what = `Cannot read "${key}" from ${client.name}`;
  const get = (wanted: ByteRange | undefined, version: string | undefined): Promise<OciOutcome<HttpAnswer>> =>
    client.call(
      {
        what,
        method: 'GET',
        path: `/o/${objectPath(key)}`,
        headers: { ...rangeHeader(wanted), ...(version !== undefined && { 'if-match': version }) },
        signal,
      },
      asItIs,
    );
  const isEmpty = range !== undefined && range.start >= range.end;
  const { result } = isEmpty ? { result: undefined } : await get(range, ifVersion);
  // A range that begins behind the end is refused, but the object is there.
  if (result === undefined || (!result.ok && result.error.status === 416))
    return await openNothing(client, key, { range, ifVersion, signal }, what);
  if (!result.ok) {
    if (result.error.code === 'ObjectNotFound') return undefined;
    throw result.error.status === 412 ? changed(what) : storeError(result.error, what);
  }
  const answer = result.value;
  const { object, answered } = orDiscard(answer, () => {
    const found = readObject(key, answer, what).object;
    const whole = cutRange(range, found.sizeBytes);
    checkRange(answer, whole, found, what);
    return { object: found, answered: whole };
  });
  if (isExpired(object, client.now())) {
    answer.discard();
    return undefined;
  }
  return content(object, answered, answer, () => {
    const again = (rest: ByteRange): Promise<OciOutcome<HttpAnswer>> => get(rest, object.version);
    const reading = { first: answer, range: answered, what, limits: client.limits, signal, again };
    return verifiedChunks(resumingChunks(reading), object, answered, what);
  });
}

/** `bytes=0-9`; nothing for all of it. */
export const rangeHeader = (range: ByteRange | undefined): Record<string, string> =>
  range === undefined
    ? {}
    : { range: `bytes=${range.start}-${Number.isFinite(range.end) ? range.end - 1 : ''}` };

export const changed = (what: string): StoreError =>
  new StoreError('CHANGED', `${what}: another version is there by now`);

async function openNothing(
  client: OciClient,
  key: string,
  { range, ifVersion, signal }: { [Name in keyof OpenOptions]: OpenOptions[Name] | undefined },
  what: string,
): Promise<ObjectContent | undefined> {
  const found = await headObject(client, key, signal);
  if (found === undefined || isExpired(found.object, client.now())) return undefined;
  checkVersion(found.object, ifVersion, what);
  const { start } = cutRange(range, found.object.sizeBytes);
  return content(found.object, { start, end: start }, undefined, async function* () {});
}

// Who gets other bytes than the ones that were asked for would take them for these.
export function checkRange(answer: HttpAnswer, range: ByteRange, object: StoredObject, what: string): void {
  const isWhole = range.start === 0 && range.end === object.sizeBytes;
  const expected = `bytes ${range.start}-${range.end - 1}/${object.sizeBytes}`;
  if (answer.status === 200 ? isWhole : answer.header('content-range') === expected) return;
  throw protocolError(what, `another range than ${expected}`);
}

function content(
  object: StoredObject,
  range: ByteRange,
  answer: HttpAnswer | undefined,
  chunks: () => AsyncGenerator<Uint8Array>,
): ObjectContent {
  let reading: AsyncGenerator<Uint8Array> | undefined;
  return {
    object,
    range,
    [Symbol.asyncIterator]: () => {
      reading ??= chunks();
      return reading;
    },
    [Symbol.asyncDispose]: async () => {
      answer?.discard();
      await reading?.return(undefined);
    },
  };
}
