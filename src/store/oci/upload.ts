import { StoreError } from '../error.ts';
import type { PutOptions, PutResult, StoredObject } from '../store.ts';
import type { OciClient, OciOutcome } from './client.ts';
import type { HttpAnswer } from './exchange.ts';
import { headObject } from './head-object.ts';
import { readVersion } from './object-headers.ts';
import { type Refusal, storeError } from './trouble.ts';

/** One content on its way to one key. */
export interface Upload {
  readonly client: OciClient;
  readonly key: string;
  readonly options: PutOptions;
  /** For messages. */
  readonly what: string;
  /** Kept with the object, so that this upload is known again. */
  readonly id: string;
  /** Under which the object may be written; none: in any case. */
  readonly condition: Readonly<Record<string, string>>;
}

export type Stored = Pick<PutResult, 'sizeBytes' | 'sha256' | 'version' | 'modifiedAt'>;

export const exists = (what: string): StoreError => new StoreError('EXISTS', `${what}: there is one already`);

/** The service's no to an upload. */
export const uploadError = (refusal: Refusal, what: string): StoreError =>
  refusal.status === 412 ? exists(what) : storeError(refusal, what);

/**
 * What became of the call that makes the object. Where it was repeated, the service may say no because the try before
 * succeeded and only its answer was lost: then the object itself says whose it is. Throws `EXISTS` and `StoreError`.
 */
export async function settle(
  { client, key, options, what, id }: Upload,
  { result, isRepeated }: OciOutcome<HttpAnswer>,
): Promise<Pick<StoredObject, 'version' | 'modifiedAt'>> {
  if (result.ok) return readVersion(result.value, what);
  const { status } = result.error;
  if (isRepeated && (status === 412 || status === 404)) {
    const found = await headObject(client, key, options.signal);
    if (found?.upload === id) return found.object;
    // Done by the try before and replaced since, or taken away by somebody: nobody can tell.
    if (result.error.code === 'NoSuchUpload')
      throw new StoreError('UNAVAILABLE', `${what}: others changed it at the same time, try again`);
  }
  throw uploadError(result.error, what);
}
