import { StoreError, type StoreErrorCode } from '../../store/index.ts';
import { CacheError, type CacheErrorCode } from '../error.ts';

const CODES: Readonly<Partial<Record<StoreErrorCode, CacheErrorCode>>> = {
  NO_SPACE: 'NO_SPACE',
  FORBIDDEN: 'FORBIDDEN',
  NO_STORE: 'BAD_REPOSITORY',
  DIGEST_MISMATCH: 'CORRUPT_OBJECT',
};

/** Does something with the store of a repository; its trouble becomes the cache's. */
export async function aboutStore<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw troubleOf(cause);
  }
}

/** Content of the store of a repository, likewise. */
export async function* fromStore(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (cause) {
    throw troubleOf(cause);
  }
}

function troubleOf(cause: unknown): unknown {
  if (!(cause instanceof StoreError)) return cause;
  return new CacheError(CODES[cause.code] ?? 'UNAVAILABLE', cause.message, { cause });
}

/** Does something for each value, so many at a time. The first that fails ends it, when those under way are done. */
export async function forEachBeside<T>(
  values: Iterable<T>,
  atATime: number,
  action: (value: T) => Promise<void>,
): Promise<void> {
  const left = values[Symbol.iterator]();
  let failure: { readonly cause: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let next = left.next(); !next.done && failure === undefined; next = left.next()) {
      await action(next.value).catch((cause: unknown) => {
        failure ??= { cause };
      });
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  if (failure !== undefined) throw failure.cause;
}
