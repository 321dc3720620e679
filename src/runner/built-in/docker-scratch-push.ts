import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packItems } from '../../archive/index.ts';
import type { EngineInfo, ImageConfiguration } from '../../engine/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { imageLabels } from '../labels.ts';
import { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';
import { imageConfiguration } from './image-configuration.ts';
import { nameImage, pushImage } from './push-image.ts';
import { credentialFields, pushTarget } from './push-target.ts';
import { runImageName } from './run-image.ts';
import { type Layer, makeLayer } from './scratch-layer.ts';
import { type StepValues, stepValues } from './step-values.ts';

/** `internal/docker-scratch-push`: an image with the output folder, or else the source, and nothing below it. */
export const dockerScratchPush: BuiltIn = {
  async run(context, box, run) {
    const values = await stepValues(context, box, run.step);
    const fields = credentialFields(run.step.properties);
    const target = pushTarget(context, { values, fields, signal: run.signal });
    const folder = join(context.folder.temporary, run.step.safeId);
    await mkdir(folder, { recursive: true });
    try {
      const layer = await layerOf(context, box, { folder, run });
      const image = imageConfiguration(context, values);
      const labels = context.request.fleet && { ...image.labels, ...imageLabels(context.request.runId) };
      const config = imageFile(
        values,
        { ...image, ...(labels && { labels }) },
        {
          layer,
          engine: await context.engine.ping({ signal: run.signal }),
        },
      );
      // Not under a name that something else may have: naming it is a step of its own.
      const own = runImageName(context, `scratch-${run.step.safeId}:made`);
      await load(context, { folder, config, reference: own, run });
      await nameImage(context, target, own);
      await context.engine.removeImage(own);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await pushImage(context, target, run);
    return PASSED;
  },
};

const OUTPUT = '/pipeline/output';
const LAYER_FILE = 'layer.tar';

interface Making {
  /** On this machine, for what is half-made. */
  readonly folder: string;
  readonly run: BuiltInRun;
}

async function layerOf(context: RunContext, box: Box, { folder, run }: Making): Promise<Layer> {
  const { basePath } = box.plan.plan;
  const { signal } = run;
  const file = join(folder, LAYER_FILE);
  const output = await makeLayer(context, box, { folder: OUTPUT, file, signal });
  if (output !== undefined) return output;
  await print(context, `${OUTPUT} holds no file: the source is the image`);
  const source = await makeLayer(context, box, { folder: basePath, file, signal });
  if (source !== undefined) return source;
  throw new RunError({
    reason: 'step-failed',
    message: `neither ${OUTPUT} nor ${basePath} holds a file to make an image of`,
  });
}

const EPOCH = '1970-01-01T00:00:00Z'; // the same files and properties make the same image, whenever

interface Parts {
  readonly layer: Layer;
  readonly engine: EngineInfo;
}

/** The image's configuration, in the words of the image specification. */
function imageFile(values: StepValues, image: ImageConfiguration, { layer, engine }: Parts): string {
  const author = values.text('author');
  const comment = values.text('message');
  const who = author === undefined ? {} : { author };
  return JSON.stringify({
    architecture: engine.architecture,
    os: engine.os,
    created: EPOCH,
    ...who,
    config: {
      Env: image.environment,
      Cmd: image.command,
      Entrypoint: image.entrypoint,
      WorkingDir: image.workingDir,
      User: image.user,
      StopSignal: image.stopSignal,
      Labels: image.labels && Object.keys(image.labels).length > 0 ? image.labels : undefined,
      ExposedPorts: keys(image.exposedPorts),
      Volumes: keys(image.volumes),
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [
      { created: EPOCH, created_by: 'slipway', ...who, ...(comment === undefined ? {} : { comment }) },
    ],
  });
}

const keys = (names: readonly string[] = []): object | undefined =>
  names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, {}]));

interface Loading extends Making {
  readonly config: string;
  readonly reference: string;
}

/** Gives the engine the image as `docker save` would have written it. */
async function load(context: RunContext, { folder, config, reference, run }: Loading): Promise<void> {
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: [`image/${LAYER_FILE}`] }];
  const tar = packItems(
    [
      { type: 'tree', folder, name: 'image' },
      { type: 'file', name: 'config.json', content: config },
      { type: 'file', name: 'manifest.json', content: JSON.stringify(manifest) },
    ],
    { signal: run.signal },
  );
  await context.engine.loadImage(tar, { signal: run.signal });
}
