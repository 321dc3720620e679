import { EngineError, type ImageSummary } from '../engine/index.ts';
import type { RunContext } from './context.ts';

/** On images that a run was asked to commit: their repository, by which those that are too old are found. */
export const COMMITTED_LABEL = 'io.slipway.committed';

/** More names for the image of one run: its id, `latest`, and how it ended (`passed` or `failed`). */
export type CommitTag = 'id' | 'latest' | 'outcome';
export const COMMIT_TAGS: readonly CommitTag[] = ['id', 'latest', 'outcome'];

export interface CommittedImage {
  /** Name with tag, as the run was asked for it. */
  readonly reference: string;
  /** Without tag. */
  readonly repository: string;
  readonly outcome: 'passed' | 'failed';
}

function tagText(tag: CommitTag, runId: string, { outcome }: CommittedImage): string {
  switch (tag) {
    case 'id':
      return runId;
    case 'latest':
      return 'latest';
    case 'outcome':
      return outcome;
  }
}

/** Gives the image the further names that were asked for; returns all its names. */
export async function nameCommitted(
  context: RunContext,
  image: CommittedImage,
  tags: readonly CommitTag[],
): Promise<string[]> {
  const { engine, request } = context;
  const names = tags.map((tag) => `${image.repository}:${tagText(tag, request.runId, image)}`);
  const further = [...new Set(names)].filter((name) => name !== image.reference);
  for (const name of further) await engine.tagImage(image.reference, name);
  return [image.reference, ...further];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Removes what runs committed to the same repository longer ago than `keepDays`, names and images. One that something
 * is made of stays until the next time; this run's is never too old.
 */
export async function removeExpired(
  context: RunContext,
  { reference, repository }: CommittedImage,
  keepDays: number,
): Promise<void> {
  const images = await context.engine.listImages({ label: `${COMMITTED_LABEL}=${repository}` });
  const expired = images.filter(
    ({ references, createdAt }) =>
      !references.includes(reference) && Date.now() - createdAt > keepDays * DAY_MS,
  );
  let removed = 0;
  for (const image of expired) if (await removeAllNames(context, image)) removed += 1;
  if (removed > 0) {
    context.notice(
      'info',
      `Removed ${removed} ${removed === 1 ? 'image' : 'images'} of ${repository}, older than ${keepDays} ${keepDays === 1 ? 'day' : 'days'}`,
    );
  }
}

async function removeAllNames({ engine }: RunContext, image: ImageSummary): Promise<boolean> {
  try {
    const names = image.references.length === 0 ? [image.id] : image.references;
    for (const name of names) await engine.removeImage(name);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'CONFLICT') return false;
    throw error;
  }
}
