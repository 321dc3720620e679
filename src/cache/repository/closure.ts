import { CacheError } from '../error.ts';
import { decodeDirMeta, isObjectId, type ObjectName, objectFileName, walkCommit } from '../ostree/index.ts';
import type { ObjectArea } from './object-area.ts';
import type { ObjectReader } from './repository.ts';

/** What is looked through for the closure of commits. */
export interface ClosurePlaces {
  /** Reads from both, and checks digests. */
  readonly reader: ObjectReader;
  readonly area: ObjectArea;
  /** Whether an object is on its way in. */
  readonly isStaged: (name: ObjectName) => boolean;
}

/** How many objects are looked for at once. */
const AT_ONCE = 1000;

/**
 * Everything that can be reached from commits, which all is there and, where it is no file, what its name says. Gives what
 * is not staged: it must still be there when the refs are set. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`.
 */
export async function requireClosure(
  commits: readonly string[],
  { reader, area, isStaged }: ClosurePlaces,
): Promise<readonly ObjectName[]> {
  for (const id of commits) {
    if (!isObjectId(id)) throw new CacheError('INVALID_REF', `${JSON.stringify(id)} is no id of a commit`);
  }
  const published: ObjectName[] = [];
  let unknown: ObjectName[] = [];
  const look = async (): Promise<void> => {
    requireNone(await area.missingOf(unknown));
    published.push(...unknown);
    unknown = [];
  };
  for await (const name of walkCommit(reader, commits)) {
    if (name.kind === 'dirmeta') await requireDirMeta(reader, name);
    if (isStaged(name)) continue;
    unknown.push(name);
    if (unknown.length >= AT_ONCE) await look();
  }
  await look();
  return published;
}

async function requireDirMeta(reader: ObjectReader, name: ObjectName): Promise<void> {
  const bytes = await reader.readMetadata(name);
  if (bytes === undefined) return requireNone([name]);
  decodeDirMeta(bytes);
}

/** Throws `MISSING_OBJECT` where something is missing. */
export function requireNone(missing: readonly ObjectName[]): void {
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  throw new CacheError('MISSING_OBJECT', `${objectFileName(first)}${others} can be reached and is not there`);
}
