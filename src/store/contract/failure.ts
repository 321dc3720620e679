import { expect } from 'vitest';
import { StoreError, type StoreErrorCode } from '../error.ts';

/** What a promise rejects with, which has to be trouble with a store of this kind. */
export async function expectFailure(promise: Promise<unknown>, code: StoreErrorCode): Promise<StoreError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected ${code}, found ${String(error)}`);
  expect(error.code).toBe(code);
  return error;
}
