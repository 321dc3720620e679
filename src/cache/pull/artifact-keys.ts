import { parse } from 'yaml';
import { z } from 'zod';
import { isHeavyYaml } from '../../kernel/index.ts';

const Key = z.string().regex(/^[0-9a-f]{64}$/);

/** What `meta/artifact.yaml` says of the keys of an artifact, as far as it is used. */
export const ArtifactKeys = z.object({ keys: z.object({ strong: Key, weak: Key }) });

/**
 * The keys; `undefined` where the text says none. Aliases are not followed: nobody writes them, and they can be bombs. Nor is
 * each key compared with all others, which takes minutes for as many as fit in here.
 */
export function readArtifactKeys(
  text: string,
): { readonly strong: string; readonly weak: string } | undefined {
  if (isHeavyYaml(text)) return undefined;
  try {
    const value: unknown = parse(text, { maxAliasCount: 0, uniqueKeys: false, logLevel: 'silent' });
    return ArtifactKeys.safeParse(value).data?.keys;
  } catch {
    return undefined; // not YAML, or too deep: it says nothing that could be believed
  }
}
