import { ByteLru } from '../../kernel/index.ts';
import { MAX_METADATA_BYTES, type ObjectName, objectFileName, objectId } from '../ostree/index.ts';
import type { ObjectArea } from './object-area.ts';
import { corrupt } from './object-trouble.ts';
import type { ObjectReader } from './repository.ts';

/** Trees that many artifacts share, and those that were asked for a moment ago. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/** What a value costs beside its bytes. */
const OVERHEAD_BYTES = 200;

/** Reads metadata of an area, checks its digest, and keeps some of it. */
export function createMetadataReader(area: ObjectArea): ObjectReader['readMetadata'] {
  const memory = new ByteLru<Uint8Array>(MEMORY_BYTES);
  return async (name) => {
    // What is kept may have been pruned.
    if (name.kind === 'filez' || (await area.sizeOf(name)) === undefined) return undefined;
    const make = async (): Promise<Uint8Array> => (await readChecked(area, name)) ?? GONE;
    const bytes = await memory.get(objectFileName(name), async () => {
      const value = await make();
      return { value, sizeBytes: value.length + OVERHEAD_BYTES, isPassing: value === GONE };
    });
    return bytes === GONE ? undefined : bytes;
  };
}

/** It was there a moment ago. */
const GONE = new Uint8Array();

async function readChecked(area: ObjectArea, name: ObjectName): Promise<Uint8Array | undefined> {
  const bytes = await area.read(name, MAX_METADATA_BYTES);
  if (bytes === undefined || name.kind === 'commitmeta') return bytes;
  const found = objectId(bytes);
  if (found !== name.id) throw corrupt(name, `its content has the digest ${found}`);
  return bytes;
}
