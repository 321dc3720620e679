import type { Engine, ImageDetails } from '../../engine/index.ts';
import { BUILT, builtName, ownedName, ownedNames, ownerIn, pushedName } from './names.ts';

/** Another server may have begun a build since somebody asked which ones go on. */
const YOUNG_MS = 60_000;

/** Whether a process of another machine lives is not known; no build goes on for so long. */
const LONGEST_BUILD_MS = 24 * 3_600_000;

interface Leaving {
  readonly goingOn: ReadonlySet<string>;
  readonly now: () => number;
}

/** Removes the names that builds which do not go on left on the engine; returns how many builds that were. */
export async function removeLeftovers(engine: Engine, { goingOn, now }: Leaving): Promise<number> {
  const images = await engine.listImages({ reference: BUILT });
  const ids = images
    .flatMap(({ references }) => references)
    .map((name) => name.slice(`${BUILT}:`.length))
    .filter((id) => !goingOn.has(id));
  let removed = 0;
  for (const id of ids) {
    const image = await engine.inspectImage(builtName(id));
    const ageMs = now() - (image?.namedAt ?? 0);
    if (!image || ageMs < YOUNG_MS || isUsed(image, goingOn) || isBuilding(id, image, ageMs)) continue;
    await forget(engine, image);
    removed += 1;
  }
  return removed;
}

/** Removes what an earlier attempt at a build left on the engine. */
export async function forgetBuild(engine: Engine, id: string): Promise<void> {
  const image = await engine.inspectImage(builtName(id));
  if (image) await forget(engine, image);
}

/**
 * Removes the names of this process's attempt at a build. Those of another one stay, which has begun it under the same id while
 * this process was taken for lost.
 */
export async function letGo(engine: Engine, id: string): Promise<void> {
  const image = await engine.inspectImage(builtName(id));
  const own = ownedName(id);
  if (image && ownedNames(id, image.references).every((name) => name === own)) {
    if (isOthersToo(id, image)) await engine.removeImage(builtName(id));
    else await forget(engine, image);
  }
  await engine.removeImage(own);
}

const isOthersToo = (id: string, { references }: ImageDetails): boolean =>
  references.some((name) => name.startsWith(`${BUILT}:`) && name !== builtName(id));

/** Whether another server, with a database of its own, has the build. */
const isBuilding = (id: string, { references }: ImageDetails, ageMs: number): boolean =>
  ownedNames(id, references).some((name) => {
    const owner = ownerIn(name);
    return owner === 'lives' || (owner === 'elsewhere' && ageMs < LONGEST_BUILD_MS);
  });

/** The same image may be another build's too. */
const isUsed = ({ references }: ImageDetails, goingOn: ReadonlySet<string>): boolean =>
  references.some((name) => name.startsWith(`${BUILT}:`) && goingOn.has(name.slice(`${BUILT}:`.length)));

/** The name of the build, and what it had while it was pushed; other names may be anybody's. */
async function forget(engine: Engine, { references }: ImageDetails): Promise<void> {
  for (const name of references) {
    const pushed = pushedName(name);
    if (pushed !== undefined && references.includes(pushed)) await engine.removeImage(pushed);
    if (pushed === undefined && !name.startsWith(`${BUILT}:`)) continue;
    await engine.removeImage(name);
    const id = name.slice(`${BUILT}:`.length);
    for (const owned of ownedNames(id, references)) await engine.removeImage(owned);
  }
}
