import type { Attachment, OutputFrame } from '../engine.ts';
import { type StreamFault, unreachable } from './fault-plan.ts';
import { type Stop, unlessStopped } from './stops.ts';

/** How a stream ends before its end. */
export interface Cut {
  readonly fault: StreamFault | undefined;
  readonly stops: readonly Stop[];
}

/** An attachment whose output is cut. */
export function cutAttachment(attachment: Attachment, cut: Cut): Attachment {
  return {
    output: cutFrames(attachment, cut),
    write: (bytes) => unlessStopped(attachment.write(bytes), cut.stops),
    closeInput: () => attachment.closeInput(),
    [Symbol.asyncDispose]: () => attachment[Symbol.asyncDispose](),
  };
}

async function* cutFrames(attachment: Attachment, cut: Cut): AsyncGenerator<OutputFrame, void> {
  const iterator = attachment.output[Symbol.asyncIterator]();
  let left = cut.fault?.afterBytes ?? Number.POSITIVE_INFINITY;
  try {
    while (left > 0) {
      const { done, value } = await unlessStopped(iterator.next(), cut.stops);
      if (done) return;
      const bytes = value.bytes.subarray(0, left);
      left -= bytes.length;
      yield { ...value, bytes };
    }
    if (cut.fault?.kind === 'reset') throw unreachable();
  } finally {
    await attachment[Symbol.asyncDispose]();
  }
}

/** A tar that is cut. `return()` lets go of it, also before the first byte. */
export function cutBytes(source: AsyncIterable<Uint8Array>, cut: Cut): AsyncIterable<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  let left = cut.fault?.afterBytes ?? Number.POSITIVE_INFINITY;
  const close = async (): Promise<IteratorResult<Buffer, void>> => {
    await iterator.return?.();
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<Buffer, void>> => {
    if (left === 0) {
      await close();
      if (cut.fault?.kind === 'reset') throw unreachable();
      return { done: true, value: undefined };
    }
    const { done, value } = await unlessStopped(iterator.next(), cut.stops);
    if (done) return { done: true, value: undefined };
    const bytes = Buffer.from(value.buffer, value.byteOffset, Math.min(left, value.length));
    left -= bytes.length;
    return { done: false, value: bytes };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: close }) };
}
