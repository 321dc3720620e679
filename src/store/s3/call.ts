import type { Attempt, Bucket } from './bucket.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { asStoreError } from './s3-error.ts';

/**
 * Asks the bucket something. The client tries again what is worth it (`open-s3-store.ts`); what is left throws
 * `StoreError`, or the reason of the signal. `expected` takes what is no trouble: it sees the name and the status of a
 * refusal, and `undefined` from it means that it is trouble.
 */
export async function call<Answer, Other = never>(
  bucket: Bucket,
  attempt: Attempt,
  send: (options: { readonly abortSignal?: AbortSignal }) => Promise<Answer>,
  expected?: (refusal: Refusal) => Other | undefined,
): Promise<Answer | Other> {
  const { signal } = attempt;
  signal?.throwIfAborted();
  try {
    return await send(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    signal?.throwIfAborted();
    const other = expected?.(refusalOf(error));
    if (other !== undefined) return other;
    throw asStoreError(error, bucket, attempt);
  }
}
