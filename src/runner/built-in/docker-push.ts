import { type Box, secretEnvironment } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { imageLabels } from '../labels.ts';
import { type BuiltIn, PASSED, print } from './built-in.ts';
import { imageConfiguration } from './image-configuration.ts';
import { nameImage, pushImage } from './push-image.ts';
import { credentialFields, pushTarget } from './push-target.ts';
import { rememberNamed } from './replaced-images.ts';
import { findRunImage } from './run-image.ts';
import { type StepValues, stepValues } from './step-values.ts';

/** `internal/docker-push`: an image of the box, or one that `internal/docker-build` made, goes to a registry. */
export const dockerPush: BuiltIn = {
  async run(context, box, run) {
    const values = await stepValues(context, box, run.step);
    const fields = credentialFields(run.step.properties);
    // Before the image is made: what is wrong with its name costs nothing then.
    const target = pushTarget(context, { values, fields, signal: run.signal });
    const removeReplaced = await rememberNamed(context, target.references);
    const built = values.text('image-name');
    const image =
      built === undefined
        ? await commitRunningBox(context, box, { values, reference: target.references[0] })
        : await builtImage(context, built);
    await nameImage(context, target, image);
    await removeReplaced();
    await pushImage(context, target, run);
    return PASSED;
  },
};

interface CommitOptions {
  readonly values: StepValues;
  readonly reference: string;
}

async function commitRunningBox(context: RunContext, box: Box, options: CommitOptions): Promise<string> {
  const { values, reference } = options;
  const { image, plan } = box.plan;
  sayWhatIsLeftOut(context, box);
  const configuration = imageConfiguration(context, values);
  // The box runs as root for the steps; what is made of it runs as the image it came from did.
  const user = configuration.user ?? plan.box.user ?? image.details.user;
  const author = values.text('author');
  const message = values.text('message');
  return await context.engine.commitContainer(box.id, {
    reference,
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { message }),
    configuration: {
      ...configuration,
      // Beside an entrypoint of the step's own the box's command, a shell, means nothing.
      ...(configuration.entrypoint && { command: configuration.command ?? [] }),
      ...(user === '' ? {} : { user }),
    },
    labels: imageLabels(context.request.runId),
  });
}

function sayWhatIsLeftOut(context: RunContext, box: Box): void {
  const names = secretEnvironment(context, box.plan).map((entry) => entry.slice(0, entry.indexOf('=')));
  if (names.length === 0) return;
  context.notice('warning', `Left out of the image, because they are secret: ${names.join(', ')}`);
}

async function builtImage(context: RunContext, name: string): Promise<string> {
  await print(context, `Pushing image built using internal/docker-build step, image name: ${name}`);
  const image = await findRunImage(context, name);
  if (image !== undefined) return image;
  throw new RunError({
    reason: 'step-failed',
    message: `no step of this run built an image called "${name}"`,
    hint: 'an internal/docker-build step with this `image-name` must come before',
  });
}
