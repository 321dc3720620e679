import type { Ref } from '../repository/repository.ts';
import { type FileReader, readStoredFile } from './read-stored-file.ts';

const MAX_YAML_BYTES = 512 * 1024; // some thousand dependencies
const REF = /^(.+\/)([0-9a-f]{64})$/;

/** What is known of the refs of this machine. */
export interface OwnRefs {
  readRef(ref: string): Promise<string | undefined>;
}

/**
 * The ref of an artifact by its other key. Pulled by its weak key: by its strong one, which stays what it is where it is
 * there already. Pulled by its strong key: by its weak one, which moves. `undefined` where there is no other.
 */
export async function refByOtherKey(
  reader: FileReader,
  { ref, commit }: Ref,
  own: OwnRefs,
): Promise<Ref | undefined> {
  const [, element, key] = REF.exec(ref) ?? [];
  if (element === undefined) return undefined;
  const path = 'meta/artifact.yaml';
  const yaml = await readStoredFile(reader, { commit, path, maxBytes: MAX_YAML_BYTES });
  if (yaml === undefined) return undefined;
  const { readArtifactKeys } = await import('./artifact-keys.ts'); // most that is pulled has no such file
  const keys = readArtifactKeys(yaml.toString());
  if (keys === undefined || keys.strong === keys.weak) return undefined;
  if (key === keys.strong) return { ref: element + keys.weak, commit };
  const strong = element + keys.strong;
  return key === keys.weak && (await own.readRef(strong)) === undefined ? { ref: strong, commit } : undefined;
}
