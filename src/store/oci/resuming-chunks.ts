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

// After that much the cuts before are forgotten: servers hang up on slow readers, who have read what was buffered.
const PROGRESS_BYTES = 64 * 1024;

/**
 * The bytes of a range, whose answer may be cut: then what is left is asked for again. Throws `TRUNCATED` where it is
 * cut too often or the object is gone, `TIMEOUT` where it stops coming too often, `CHANGED` where another version took
 * its place, and the signal's reason.
 */
export async function* resumingChunks(options: ResumingOptions): AsyncGenerator<Uint8Array> {
  const { range, what, limits, signal } = options;
  let position = range.start;
  let cuts = 0;
  let cutAt = position;
  for (let answer = options.first; position < range.end; ) {
    let isStall = false;
    try {
      for await (const chunk of answer.body) {
        position += chunk.byteLength;
        if (position > range.end) throw protocolError(what, 'more bytes than were asked for');
        yield chunk;
      }
      if (position === range.end) return;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      isStall = error.kind === 'timeout';
    }
    cuts = position - cutAt > PROGRESS_BYTES ? 1 : cuts + 1;
    cutAt = position;
    const pauseMs = limits.retryPausesMs[cuts - 1];
    if (pauseMs === undefined) throw givenUp(isStall ? 'TIMEOUT' : 'TRUNCATED', what, position, range);
    await pause(pauseMs, signal);
    answer = await rest(options, { start: position, end: range.end });
  }
}

async function rest({ again, what, range }: ResumingOptions, left: ByteRange): Promise<HttpAnswer> {
  const { result } = await again(left);
  if (!result.ok) {
    if (result.error.status === 412)
      throw new StoreError('CHANGED', `${what}: it was replaced while it was read`);
    if (result.error.status === 404) throw givenUp('TRUNCATED', what, left.start, range);
    throw storeError(result.error, what);
  }
  const answer = result.value;
  const isThis = answer.header('content-range')?.startsWith(`bytes ${left.start}-${left.end - 1}/`) ?? false;
  if (answer.status === 206 && isThis) return answer;
  answer.discard();
  throw protocolError(what, 'another range than was asked for');
}

function givenUp(
  code: 'TIMEOUT' | 'TRUNCATED',
  what: string,
  position: number,
  range: ByteRange,
): StoreError {
  const how = code === 'TIMEOUT' ? 'nothing more came' : 'it ended';
  const found = `${position - range.start} of ${range.end - range.start} bytes`;
  return new StoreError(code, `${what}: ${how} after ${found}`);
}
