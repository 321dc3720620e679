import type { StoredBuild } from '../records/build-row.ts';
import type { Ending } from '../records/claims.ts';
import { findParent } from './find-parent.ts';
import { reuseImage } from './reuse-image.ts';
import { type Run, reasonOf } from './run.ts';

/** Where the image is there already. Nothing of it fails a build: then it is built. */
export async function reused(run: Run, sourceDigest: string): Promise<Ending | undefined> {
  const { build, records, client, destination, limits, log } = run;
  if (build.forced) return undefined;
  const { target } = build;
  try {
    const images = await records.images(build.key);
    if (images.length === 0) return undefined;
    const { signal } = limits;
    const found = await reuseImage({ images, sourceDigest, target, destination, client, signal });
    if (found === undefined) return undefined;
    log.say(`Nothing is built: build ${found.from.reusedFrom ?? found.from.id} made the same image`);
    const { attestation } = found.from;
    return {
      state: 'succeeded',
      image: found.image,
      reusedFrom: found.from,
      ...(attestation && { attestation }),
    };
  } catch (error) {
    limits.signal.throwIfAborted();
    log.say(`Whether the image is there already could not be found out, so it is built: ${reasonOf(error)}`);
    return undefined;
  }
}

/** An image to build on. Nothing of it fails a build: then it is built from its source. */
export async function parentOf(run: Run, sourceDigest: string): Promise<StoredBuild | undefined> {
  const { build, records, client, limits, log, input, settings } = run;
  try {
    const { signal } = limits;
    return await findParent({
      build,
      sourceDigest,
      file: input.file,
      records,
      recipe: settings.recipe,
      client,
      signal,
    });
  } catch (error) {
    limits.signal.throwIfAborted();
    log.say(`No earlier image can be looked for, so all is installed: ${reasonOf(error)}`);
    return undefined;
  }
}
