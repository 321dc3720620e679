import type { ObjectStore } from '../store/index.ts';
import type { PlannedRemoval } from './garbage.ts';
import { type Inventory, isManifestKey } from './garbage-inventory.ts';
import { manifestKey } from './keys.ts';
import type { RunRecord } from './run-record.ts';

export interface ExpiredOptions {
  readonly store: ObjectStore;
  readonly inventory: Inventory;
  /** Runs whose artifacts are looked at. */
  readonly candidates: readonly RunRecord[];
  /** Keys that the store itself found expired, and removed. */
  readonly swept: readonly string[];
  readonly now: number;
  readonly isGoing: (key: string) => boolean;
}

const hasExpired = ({ expiresAt }: { readonly expiresAt?: number }, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

/** Artifacts that have expired while their run stays, each with its manifest. */
export function planExpired(options: ExpiredOptions): PlannedRemoval[] {
  const { store, inventory, candidates, swept, now, isGoing } = options;
  const ended = candidates.filter(({ result }) => result !== 'running');
  const recorded = ended
    .flatMap(({ artifacts }) => artifacts)
    .filter((artifact) => artifact.store === store.name && hasExpired(artifact, now))
    .filter(({ key }) => inventory.objects.has(key) || inventory.objects.has(manifestKey(key)));
  const sizes = new Map(recorded.map(({ key, sizeBytes }) => [key, sizeBytes]));
  const listed = [...inventory.objects.values()].filter((object) => hasExpired(object, now));
  const found = [...swept, ...listed.map(({ key }) => key)].filter(
    (key) => inventory.ownerOf(key)?.result !== 'running',
  );
  const keys = new Set([...found, ...sizes.keys()].filter((key) => !isManifestKey(key)));
  const sizeOf = (key: string): number => inventory.objects.get(key)?.sizeBytes ?? sizes.get(key) ?? 0;
  return [...keys]
    .filter((key) => !isGoing(key))
    .map((key) => ({
      removal: {
        what: 'artifact',
        name: key,
        reason: 'it has expired',
        objects: 1,
        freedBytes: sizeOf(key) + (inventory.objects.get(manifestKey(key))?.sizeBytes ?? 0),
      },
      keys: [manifestKey(key), key],
      async isRight(signal) {
        const object = await store.head(key, signal === undefined ? {} : { signal });
        return object === undefined || hasExpired(object, now); // else another one has taken its place
      },
    }));
}
