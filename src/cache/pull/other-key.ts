import { CacheError } from '../error.ts';
import type { Ref } from '../repository/repository.ts';
import { type FileReader, readStoredFile } from './read-stored-file.ts';

const MAX_YAML_BYTES = 512 * 1024; // some thousand dependencies
const REF = /^(.+\/)([0-9a-f]{64})$/;

/** What is known of the refs of this machine. */
export interface OwnRefs {
  readRef(ref: string): Promise<string | undefined>;
}

// Builds of Slipway have one key each; whoever gives one a second name could put it under the key of another build.
const OWN_BUILDS = 'slipway.build/';

/**
 * The ref of an artifact by its other key. Pulled by its weak key: by its strong one, which stays what it is where it is
 * there already. Pulled by its strong key: by its weak one, which moves if what it names calls it a weak key too: an artifact
 * says itself which keys it has, and may not take the place of another one. `undefined` where there is no other.
 */
export async function refByOtherKey(
  reader: FileReader,
  { ref, commit }: Ref,
  own: OwnRefs,
): Promise<Ref | undefined> {
  const [, element, key] = REF.exec(ref) ?? [];
  if (element === undefined || ref.startsWith(OWN_BUILDS)) return undefined;
  const keys = await keysOf(reader, commit);
  if (keys === undefined || keys.strong === keys.weak || (key !== keys.strong && key !== keys.weak))
    return undefined;
  const isByStrong = key === keys.strong;
  const other = element + (isByStrong ? keys.weak : keys.strong);
  const before = await own.readRef(other);
  if (before === undefined) return { ref: other, commit };
  const mayMove = isByStrong && (await isWeakKeyOf(reader, before, keys.weak));
  return mayMove ? { ref: other, commit } : undefined;
}

async function keysOf(
  reader: FileReader,
  commit: string,
): Promise<{ readonly strong: string; readonly weak: string } | undefined> {
  const path = 'meta/artifact.yaml';
  const yaml = await readStoredFile(reader, { commit, path, maxBytes: MAX_YAML_BYTES });
  if (yaml === undefined) return undefined;
  const { readArtifactKeys } = await import('./artifact-keys.ts'); // most that is pulled has no such file
  return readArtifactKeys(yaml.toString());
}

/** What is damaged, or does not say its keys, is not known to be any artifact by its weak key. */
async function isWeakKeyOf(reader: FileReader, commit: string, weak: string): Promise<boolean> {
  try {
    const keys = await keysOf(reader, commit);
    return keys !== undefined && keys.weak === weak && keys.strong !== weak;
  } catch (error) {
    if (error instanceof CacheError && error.code === 'CORRUPT_OBJECT') return false;
    throw error;
  }
}
