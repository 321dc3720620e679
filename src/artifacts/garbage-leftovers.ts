import type { ObjectStore } from '../store/index.ts';
import { ArtifactError } from './error.ts';
import type { PlannedRemoval } from './garbage.ts';
import { artifactOf, type Inventory, isManifestKey } from './garbage-inventory.ts';
import { manifestKey } from './keys.ts';
import { readManifest } from './read-manifest.ts';

export interface LeftoverOptions {
  readonly store: ObjectStore;
  readonly inventory: Inventory;
  /** Keys that go, or went, with something else. */
  readonly isGoing: (key: string) => boolean;
  /** What came into the store after this moment is left alone: it may be about to be named. */
  readonly before: number;
  /** Nothing but Slipway puts anything here, so what nobody names is nobody's. */
  readonly ownsAll: boolean;
}

interface Leftover {
  readonly keys: readonly string[];
  readonly reason: string;
  readonly isRight: PlannedRemoval['isRight'];
}

const options = (signal: AbortSignal | undefined): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

/** Whether a manifest beside it is Slipway's own: a bucket may hold what others stored. */
async function isOurs(store: ObjectStore, key: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await readManifest(store, key, options(signal))) !== undefined;
  } catch (error) {
    if (error instanceof ArtifactError) return false;
    throw error;
  }
}

function leftManifest(store: ObjectStore, key: string): Leftover {
  return {
    keys: [key],
    reason: 'the manifest of an artifact that is gone',
    // The listing may have passed the artifact's place before it was stored.
    isRight: async (signal) => (await store.head(artifactOf(key), options(signal))) === undefined,
  };
}

/** An artifact with its manifest whose run has no record: a person removed that, or it was lost. */
const orphan = (store: ObjectStore, key: string): Leftover => ({
  // The manifest last: alone it is found again, the artifact alone might be anybody's.
  keys: [key, manifestKey(key)],
  reason: 'no run has it',
  isRight: (signal) => isOurs(store, key, signal),
});

function halfStored(store: ObjectStore, key: string, reason: string): Leftover {
  return {
    keys: [key],
    reason,
    isRight: async (signal) => (await store.head(manifestKey(key), options(signal))) === undefined,
  };
}

function leftoverAt(
  key: string,
  { store, inventory, before, ownsAll }: LeftoverOptions,
): Leftover | undefined {
  const { objects, ownerOf, isUnclear } = inventory;
  const run = ownerOf(key);
  if (isUnclear(key) || run?.result === 'running') return undefined;
  const isOld = (each: string): boolean => (objects.get(each)?.modifiedAt ?? 0) < before;
  if (isManifestKey(key)) return objects.has(artifactOf(key)) ? undefined : leftManifest(store, key);
  if (!isOld(key)) return undefined;
  const manifest = manifestKey(key);
  if (objects.has(manifest)) return run === undefined && isOld(manifest) ? orphan(store, key) : undefined;
  if (run !== undefined)
    return halfStored(store, key, 'its run ended before it was stored with its manifest');
  return ownsAll ? halfStored(store, key, 'no run has it, nor has it a manifest') : undefined;
}

/**
 * What killed runs and collections left: manifests without their artifact, artifacts that no run has, artifacts that
 * were stored and never described. A run that goes on is never touched: its record says so, or it stored what it has just now.
 */
export function planLeftovers(given: LeftoverOptions): PlannedRemoval[] {
  const { inventory, isGoing } = given;
  const named = new Set(inventory.runs.flatMap(({ artifacts }) => artifacts.map(({ key }) => key)));
  return [...inventory.objects.keys()]
    .filter((key) => !isGoing(key) && !named.has(key))
    .flatMap((key) => {
      const leftover = leftoverAt(key, given);
      if (leftover === undefined) return [];
      const { keys, reason, isRight } = leftover;
      const size = (each: string): number => inventory.objects.get(each)?.sizeBytes ?? 0;
      return {
        removal: {
          what: 'leftover',
          name: key,
          reason,
          objects: isManifestKey(key) ? 0 : 1,
          freedBytes: keys.reduce((sum, each) => sum + size(each), 0),
        } as const,
        keys,
        isRight,
      };
    });
}
