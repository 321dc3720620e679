import { attachmentTags, isReferrersTag, type RegistryClient, referrersTag } from '../../registry/index.ts';
import type { ImageArgument } from './image-argument.ts';

/** What became of one image. */
export interface DeletedImage {
  readonly digest: string;
  /** All names that it had; they are gone with it. */
  readonly tags: readonly string[];
  /** How many artifacts belonged to it; they are gone too. */
  readonly attached: number;
}

const AT_A_TIME = 8;

/**
 * Deletes the manifest that a tag means, and with it all its tags, for registries know no other way; then what was attached to
 * it. `undefined`: there is no such image. Throws `RegistryError`.
 */
export async function deleteImage(
  client: RegistryClient,
  { repository, reference }: ImageArgument,
  signal: AbortSignal,
): Promise<DeletedImage | undefined> {
  const digest = await client.findDigest(repository, reference, { signal });
  if (digest === undefined) return undefined;
  const all = (await client.tags(repository, { signal })) ?? [];
  const tags = (await digestsOf(client, repository, all, signal))
    .filter((found) => found.digest === digest)
    .map(({ tag }) => tag);
  const attached = await client.referrers(repository, digest, { signal });
  // The image first: when that is refused, nothing of it is gone. Where it is not there any more the answer to a first attempt was
  // lost, or somebody else was quicker: what belongs to it has to go all the same.
  await client.deleteManifest(repository, digest, { signal });
  for (const artifact of attached) await client.deleteManifest(repository, artifact.digest, { signal });
  for (const tag of [referrersTag(digest), ...attachmentTags(digest)]) {
    const beside = await client.findDigest(repository, tag, { signal });
    if (beside !== undefined) await client.deleteManifest(repository, beside, { signal });
  }
  return { digest, tags: tags.filter((tag) => !isReferrersTag(tag)), attached: attached.length };
}

/** The manifests that tags mean now; a tag that has gone meanwhile is left out. */
export async function digestsOf(
  client: RegistryClient,
  repository: string,
  tags: readonly string[],
  signal: AbortSignal,
): Promise<readonly { readonly tag: string; readonly digest: string }[]> {
  const found: { tag: string; digest: string }[] = [];
  for (let at = 0; at < tags.length; at += AT_A_TIME) {
    const some = tags.slice(at, at + AT_A_TIME);
    const digests = await Promise.all(some.map((tag) => client.findDigest(repository, tag, { signal })));
    for (const [index, tag] of some.entries()) {
      const digest = digests[index];
      if (digest !== undefined) found.push({ tag, digest });
    }
  }
  return found;
}
