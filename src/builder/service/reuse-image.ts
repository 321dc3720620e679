import type { RegistryClient } from '../../registry/index.ts';
import type { BuildTarget, BuiltImage } from '../build.ts';
import type { Destination } from '../destination.ts';
import type { StoredBuild } from '../records/build-row.ts';
import type { ReusedImage } from '../records/insert-build.ts';

export interface ReuseRequest {
  /** Builds of the same request that succeeded, newest first. */
  readonly images: readonly StoredBuild[];
  /** What the source means now: an image of another one is not the same. */
  readonly sourceDigest: string;
  readonly target: BuildTarget;
  readonly destination: Destination;
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
}

/** As it is pulled. */
export const referenceOf = ({ pullHost }: Destination, { repository, tag }: BuildTarget): string =>
  `${pullHost}/${repository}:${tag}`;

function imageOf({ image }: StoredBuild, request: ReuseRequest): BuiltImage | undefined {
  return image && { ...image, reference: referenceOf(request.destination, request.target) };
}

/** Whether the registry has the image under the target's name, where it is given that one if it has another. */
async function isNamed(digest: string, { target, client, signal }: ReuseRequest): Promise<boolean> {
  const { repository, tag } = target;
  if ((await client.findDigest(repository, tag, { signal })) === digest) return true;
  const manifest = await client.manifest(repository, digest, { signal });
  if (manifest === undefined) return false;
  const { mediaType, bytes } = manifest;
  return (await client.putManifest(repository, { mediaType, bytes, tag }, { signal })) === digest;
}

/**
 * An image of the same request that the registry still has, under the target's name by now: one HEAD where it has that name
 * already, and otherwise its manifest is written under it. Throws `RegistryError`, and `signal.reason`.
 */
export async function reuseImage(request: ReuseRequest): Promise<ReusedImage | undefined> {
  const { images, sourceDigest, target } = request;
  const same = images.filter(
    (each) => each.sourceDigest === sourceDigest && each.target.repository === target.repository,
  );
  const digests = new Set<string>();
  for (const from of same) {
    const image = imageOf(from, request);
    if (image === undefined || digests.has(image.digest)) continue;
    digests.add(image.digest);
    if (await isNamed(image.digest, request)) return { image, from };
  }
  return undefined;
}
