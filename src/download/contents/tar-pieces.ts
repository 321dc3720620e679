import { type ObjectStore, type StoredObject, StoreError } from '../../store/index.ts';
import type { OpenPieces } from './piece-reader.ts';
import { createSpanReader } from './span-reader.ts';
import { openPinned } from './stored-tar.ts';

/** Reads pieces of files that are in a stored tar, `offsets[entry]` being where an entry's content begins. */
export function openTarPieces(
  store: ObjectStore,
  object: StoredObject,
  offsets: ArrayLike<number>,
): OpenPieces {
  const { key, sizeBytes } = object;
  return (upcoming, signal) =>
    createSpanReader({
      upcoming,
      placeOf({ entry, start, end }) {
        const offset = offsets[entry] ?? Number.NaN;
        return { source: 0, start: offset + start, end: offset + end };
      },
      open: (span) => openPinned(store, object, span, signal),
      endedEarly: (_place, at) =>
        new StoreError(
          'TRUNCATED',
          `${key} in ${store.name} ended at byte ${at}, expected ${sizeBytes} bytes`,
        ),
    });
}
