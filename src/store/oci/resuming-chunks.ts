import { StoreError } from '../error.ts';
import type { ByteRange } from '../store.ts';
import { protocolError } from './answers.ts';
import { type OciOutcome, pause } from './client.ts';
import { ExchangeError, type HttpAnswer } from './exchange.ts';
import type { OciLimits } from './limits.ts';
import { storeError } from './trouble.ts';

export interface ResumingOptions {
  /** Its body begins where the range does. */
  readonly first: HttpAnswer;
  readonly range: ByteRange;
  /** Asks for what is left of the same version. */
  readonly again: (rest: ByteRange) => Promise<OciOutcome<HttpAnswer>>;
  readonly what: string;
  readonly limits: OciLimits;
  readonly signal?: AbortSignal | undefined;
}

const PROGRESS_BYTES = 1024 * 1024; // after that much the cuts before are forgotten

/**
 * The bytes of a range, whose answer may be cut: then what is left is asked for again. Throws `TRUNCATED` where it is
 * cut too often or the object is gone, `CHANGED` where another version took its place, and the signal's reason.
 */
export async function* resumingChunks(options: ResumingOptions): AsyncGenerator<Uint8Array> {
  const { range, what, limits, signal } = options;
  let position = range.start;
  let cuts = 0;
  let cutAt = position;
  for (let answer = options.first; position < range.end; ) {
    try {
      for await (const chunk of answer.body) {
        position += chunk.byteLength;
        if (position > range.end) throw protocolError(what, 'more bytes than were asked for');
        yield chunk;
      }
      if (position === range.end) return;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
    }
    cuts = position - cutAt > PROGRESS_BYTES ? 1 : cuts + 1;
    cutAt = position;
    const pauseMs = limits.retryPausesMs[cuts - 1];
    if (pauseMs === undefined) throw truncated(what, position, range);
    await pause(pauseMs, signal);
    answer = await rest(options, { start: position, end: range.end });
  }
}

async function rest({ again, what, range }: ResumingOptions, left: ByteRange): Promise<HttpAnswer> {
  const { result } = await again(left);
  if (!result.ok) {
    if (result.error.status === 412)
      throw new StoreError('CHANGED', `${what}: it was replaced while it was read`);
    if (result.error.status === 404) throw truncated(what, left.start, range);
    throw storeError(result.error, what);
  }
  const answer = result.value;
  const isThis = answer.header('content-range')?.startsWith(`bytes ${left.start}-${left.end - 1}/`) ?? false;
  if (answer.status === 206 && isThis) return answer;
  answer.discard();
  throw protocolError(what, 'another range than was asked for');
}

const truncated = (what: string, position: number, range: ByteRange): StoreError =>
  new StoreError(
    'TRUNCATED',
    `${what}: it ended after ${position - range.start} of ${range.end - range.start} bytes`,
  );
