import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { CacheError, readTreeFile, type TreeObjects } from '../../cache/index.ts';
import { isHeavyYaml } from '../../kernel/index.ts';

// Loaded by the commands that need it alone: it brings YAML and zod.

export const ARTIFACT_METADATA = 'meta/artifact.yaml';
export const PUBLIC_DATA = 'meta/public.yaml';

const MAX_BYTES = 512 * 1024; // some thousand dependencies; a parser takes seconds for the worst of it

const artifactMetadata = z.object({
  keys: z.object({
    strong: z.string(),
    weak: z.string(),
    dependencies: z.record(z.string(), z.string()).default({}),
  }),
});

/** The keys that an artifact says it was built under. */
export interface ArtifactKeys {
  readonly strong: string;
  readonly weak: string;
  /** Strong keys of what it was built with, by the names of their elements. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** As BuildStream writes it, for what was not built in a workspace. */
export const metadataText = (keys: ArtifactKeys): string =>
  stringify({ keys, workspaced: false, workspaced_dependencies: {} });

const unreadable = (why: string): CacheError =>
  new CacheError('CORRUPT_OBJECT', `${ARTIFACT_METADATA} of the artifact cannot be read: ${why}`);

/** What `meta/artifact.yaml` says; `undefined` where there is none. Throws `CORRUPT_OBJECT` where it means nothing. */
export async function readKeys(objects: TreeObjects, commit: string): Promise<ArtifactKeys | undefined> {
  let text = '';
  try {
    await using file = await readTreeFile(objects, commit, ARTIFACT_METADATA);
    if (file.header.sizeBytes > MAX_BYTES) throw unreadable(`it has ${file.header.sizeBytes} bytes`);
    const pieces: Buffer[] = [];
    for await (const piece of file.content) pieces.push(piece);
    text = Buffer.concat(pieces).toString();
  } catch (error) {
    if (error instanceof CacheError && error.code === 'BAD_TREE') return undefined; // there is none
    throw error;
  }
  return parseMetadata(text);
}

function parseMetadata(text: string): ArtifactKeys {
  if (isHeavyYaml(text)) throw unreadable('it is no YAML that anybody writes');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 10, uniqueKeys: false });
  } catch {
    throw unreadable('it is no YAML');
  }
  const found = artifactMetadata.safeParse(value);
  if (!found.success) throw unreadable('it does not say the keys');
  return found.data.keys;
}
