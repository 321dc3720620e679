import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { objectPath } from '../../ostree/index.ts';
import { initRepository } from '../../repository/init-repository.ts';
import { openRepository } from '../../repository/open-repository.ts';
import type { Repository, RepositorySettings } from '../../repository/repository.ts';
import { type MadeArtifact, makeArtifact } from '../../repository/testing/make-artifact.ts';
import { makeRepository, ostree, publishArtifact } from '../../repository/testing/repository-folder.ts';

export const HOUR = 3_600_000;

/** What an artifact of these tests takes by itself, about: the rest of it is small. */
export const OWN_BYTES = 10_000;

/** Bytes that do not become smaller, the same each time. */
export const noise = (seed: number) =>
  Buffer.concat(
    Array.from({ length: OWN_BYTES / 32 + 1 }, (_, index) =>
      createHash('sha256').update(`${seed} ${index}`).digest(),
    ),
    OWN_BYTES,
  );

/** An artifact that has a file of its own, and one that all have. */
export const numberedArtifact = (seed: number): MadeArtifact =>
  makeArtifact({ 'files/own': noise(seed), 'files/all': 'shared' }, 1_600_000_000 + seed);

/** Makes objects and a ref as old as that. */
export function age(repository: Repository, { objects }: MadeArtifact, ref: string, ms: number): void {
  const at = (Date.now() - ms) / 1000;
  for (const { name } of objects) utimesSync(join(repository.folder, objectPath(name)), at, at);
  utimesSync(join(repository.folder, 'refs/heads', ref), at, at);
}

/** A repository with refs `p/0`, `p/1`, …, the first the oldest: days ago. */
export async function agedRepository(count: number, settings: Partial<RepositorySettings> = {}) {
  const repository = await makeRepository();
  const made = Array.from({ length: count }, (_, index) => numberedArtifact(index));
  for (const [index, each] of made.entries()) await publishArtifact(repository, each, `p/${index}`);
  for (const [index, each] of made.entries())
    age(repository, each, `p/${index}`, (count - index) * 24 * HOUR);
  // Only now: what is filled in a second would all be too young to go.
  await initRepository(repository.folder, settings);
  const kept = await openRepository(repository.folder);
  onTestFinished(() => kept[Symbol.asyncDispose]());
  return { repository: kept, made };
}

/** What the original's own check says. */
export const passesFsck = ({ folder }: Repository): boolean =>
  ostree(folder, 'fsck').includes('no errors found');
