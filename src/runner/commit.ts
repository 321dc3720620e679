import type { Box } from './box.ts';
import { COMMITTED_LABEL, type CommittedImage, nameCommitted, removeExpired } from './committed-images.ts';
import type { RunContext } from './context.ts';
import { imageLabels } from './labels.ts';
import { recordLastBuild } from './last-build.ts';
import { phase } from './phase.ts';

const AUTHOR = 'wercker';

/** A tag as a registry takes it: `/` of branch names becomes `_`. */
const asTag = (text: string): string => text.replace(/[^\w.-]/g, '_').slice(0, 128);

/** What the box becomes as an image: the name that was asked for, or one of the run's own. */
export function imageName(context: RunContext): string {
  const { commit, git, kind, runId, application } = context.request;
  const unset = kind === 'build' ? `run-${runId}` : `${application.ownerName}/${application.name}`;
  const repository = (commit?.repository ?? unset).toLowerCase();
  const untagged = kind === 'build' ? 'latest' : `run-${runId}`;
  const tag = asTag(commit?.tag ?? git.branch);
  return `${repository}:${tag === '' ? untagged : tag}`;
}

/** Makes an image of the box, also after a step failed, with all the names that were asked for. Returns the first. */
export async function commitBox(
  context: RunContext,
  box: Box,
  outcome: CommittedImage['outcome'],
): Promise<string> {
  const { commit, runId, kind, partOf } = context.request;
  const reference = imageName(context);
  const image = { reference, repository: reference.slice(0, reference.lastIndexOf(':')), outcome };
  const names = await phase(context, 'commit', async () => {
    await context.engine.commitContainer(box.id, {
      reference,
      author: AUTHOR,
      message: commit?.message ?? 'Build completed',
      labels: { ...imageLabels(runId), [COMMITTED_LABEL]: image.repository },
    });
    return await nameCommitted(context, image, commit?.tags ?? []);
  });
  context.notice('info', `Committed the box to ${names.join(', ')}`);
  if (kind === 'build' && partOf === undefined && outcome === 'passed') await recordLastBuild(context, names);
  if (commit?.keepDays !== undefined) await removeExpired(context, image, commit.keepDays);
  return reference;
}

/** Keeps the box as it is after a step, for runs that begin there: `<repository>:w-<checkpoint>`. */
export async function commitCheckpoint(
  context: RunContext,
  box: Box,
  options: { readonly repository: string; readonly checkpoint: string },
): Promise<void> {
  const reference = `${options.repository}:w-${options.checkpoint}`;
  await context.engine.commitContainer(box.id, {
    reference,
    author: AUTHOR,
    message: `Checkpoint ${options.checkpoint}`,
    labels: imageLabels(context.request.runId),
  });
  context.notice('info', `Committed checkpoint ${reference}`);
}
