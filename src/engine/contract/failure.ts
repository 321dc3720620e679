import { expect } from 'vitest';
import { EngineError, type EngineErrorCode } from '../error.ts';

/** Expects a promise to reject with an `EngineError` of the code; resolves with it. */
export async function expectFailure(promise: Promise<unknown>, code: EngineErrorCode): Promise<EngineError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EngineError)) {
    throw new Error(`expected an EngineError ${code}, got ${String(error)}`, { cause: error });
  }
  expect(error).toMatchObject({ name: 'EngineError', code });
  return error;
}
