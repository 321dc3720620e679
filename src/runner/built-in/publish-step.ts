import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../archive/index.ts';
import { publishStep } from '../../steps/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';
import { sourceFolder } from './source-folder.ts';
import { type StepValues, stepValues } from './step-values.ts';

/** `internal/publish-step`: a step that the source has, as the steps before left it, goes to a step registry. */
export const publishStepOfSource: BuiltIn = {
  async run(context, box, run) {
    const values = await stepValues(context, box, run.step);
    const path = sourceFolder(box, 'path', values.text('path'));
    const folder = join(context.folder.temporary, run.step.safeId);
    try {
      await takeOut(context, box, { path, folder, run });
      await publish(context, values, { folder, run });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return PASSED;
  },
};

interface Taking {
  /** In the box. */
  readonly path: string;
  /** On this machine. */
  readonly folder: string;
  readonly run: BuiltInRun;
}

async function takeOut(context: RunContext, box: Box, { path, folder, run }: Taking): Promise<void> {
  const tar = await context.engine.copyOut(box.id, path, { signal: run.signal });
  if (tar === undefined) {
    throw new RunError({
      reason: 'step-failed',
      message: `there is no folder ${path} in the box to publish`,
    });
  }
  await extractTar(tar, folder, { stripComponents: 1, signal: run.signal });
}

async function publish(
  context: RunContext,
  values: StepValues,
  { folder, run }: Omit<Taking, 'path'>,
): Promise<void> {
  const { stepRegistry } = context.request;
  const owner = values.text('owner');
  const token = values.text('auth-token') ?? stepRegistry.token;
  const published = await publishStep({
    folder,
    registryUrl: values.text('endpoint') ?? stepRegistry.url,
    ...(token === undefined ? {} : { token }),
    ...(owner === undefined ? {} : { owner }),
    isPrivate: values.on('private'),
    onNotice: (text) => {
      run.touch();
      context.notice('warning', text);
    },
    signal: run.signal,
  });
  if (!published.ok) {
    const { message, hint } = published.error;
    throw new RunError({ reason: 'step-failed', message, ...(hint === undefined ? {} : { hint }) });
  }
  const { name, version, checksum } = published.value;
  await print(context, `Published ${name}@${version} (sha256:${checksum})`);
}
