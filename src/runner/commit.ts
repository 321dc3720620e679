import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import { imageLabels } from './labels.ts';
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

/** Makes an image of the box, also after a step failed. Returns the image's name. */
export async function commitBox(context: RunContext, box: Box): Promise<string> {
  const reference = imageName(context);
  await phase(context, 'commit', () =>
    context.engine.commitContainer(box.id, {
      reference,
      author: AUTHOR,
      message: context.request.commit?.message ?? 'Build completed',
      labels: imageLabels(context.request.runId),
    }),
  );
  context.notice('info', `Committed the box to ${reference}`);
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
