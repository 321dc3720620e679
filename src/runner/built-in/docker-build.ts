import { parseDockerIgnore, readFileFromTar, rebaseTar } from '../../archive/index.ts';
import { type BuildOptions, EngineError } from '../../engine/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { builtImageLabels } from '../labels.ts';
import { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';
import { loginsIn, type RegistryLogin } from './registry-logins.ts';
import { runImageName } from './run-image.ts';
import { sourceFolder } from './source-folder.ts';
import { type StepValues, stepValues } from './step-values.ts';

/** `internal/docker-build`: an image from a Dockerfile of the source as the steps left it, for the steps that follow. */
export const dockerBuild: BuiltIn = {
  async run(context, box, run) {
    const values = await stepValues(context, box, run.step);
    const name = values.required('image-name');
    const reference = runImageName(context, name);
    const options = buildOptions(context, box, { values, reference });
    const folder = sourceFolder(box, 'context', values.text('context'));
    const dockerfile = options.dockerfile ?? 'Dockerfile';
    const tar = await contextTar(context, box, { folder, dockerfile, signal: run.signal });
    if (!context.request.noRemove) box.plan.teardown.image(() => context.engine.removeImage(reference));
    await build(context, tar, { ...options, ...listeners(context, run, values.on('q')), signal: run.signal });
    await print(context, `Built ${name}`);
    return PASSED;
  },
};

const IGNORE_BYTES = 1024 * 1024;

interface ContextOptions {
  /** Absolute, in the box. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly dockerfile: string;
  readonly signal: AbortSignal;
}

/** What the build is sent: the folder without what its `.dockerignore` names, but always with the two files themselves. */
async function contextTar(
  context: RunContext,
  box: Box,
  { folder, dockerfile, signal }: ContextOptions,
): Promise<AsyncIterable<Buffer>> {
  const { engine } = context;
  const ignoreFile = await engine.copyOut(box.id, `${folder}/.dockerignore`, { signal });
  const rules = ignoreFile === undefined ? undefined : await readFileFromTar(ignoreFile, IGNORE_BYTES);
  const isIgnored = parseDockerIgnore(rules?.toString('utf8') ?? '');
  const needed = new Set(['.dockerignore', dockerfile.replace(/^(?:\.?\/)+/, '')]);
  const tar = await engine.copyOut(box.id, folder, { signal });
  if (tar !== undefined) {
    return rebaseTar(tar, { stripComponents: 1, leaveOut: (path) => !needed.has(path) && isIgnored(path) });
  }
  throw new RunError({
    reason: 'step-failed',
    message: `there is no folder ${folder} in the box to build from`,
  });
}

interface Wanted {
  readonly values: StepValues;
  readonly reference: string;
}

function buildOptions(context: RunContext, box: Box, { values, reference }: Wanted): BuildOptions {
  const { request, owner } = context;
  const dockerfile = values.text('dockerfile');
  const extraHosts = values.words('extra-hosts');
  return {
    references: [reference],
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(extraHosts === undefined ? {} : { extraHosts }),
    buildArgs: buildArguments(context, values),
    labels: { ...Object.fromEntries(values.pairs('labels')), ...builtImageLabels(request.runId, owner) },
    noCache: values.on('no-cache'),
    squash: values.on('squash'),
    network: box.plan.network.name,
    pull: request.images.pull === 'always',
    keepIntermediate: request.noRemove,
    credentials: logins(values),
  };
}

/** `NAME=value` each; a name alone takes the value that the variable has here. */
function buildArguments({ redactor, notice }: RunContext, values: StepValues): Record<string, string> {
  const given = (values.words('build-args') ?? []).map((word): [string, string | undefined] => {
    const equals = word.indexOf('=');
    return equals > 0 ? [word.slice(0, equals), word.slice(equals + 1)] : [word, values.lookup(word)];
  });
  const known = given.filter((pair): pair is [string, string] => pair[1] !== undefined);
  for (const [name, value] of known) {
    if (redactor.text(value) === value) continue;
    notice('warning', `"build-args" gives the secret ${name}: it can be read in the image's history`);
  }
  return Object.fromEntries(known);
}

function logins(values: StepValues): Record<string, RegistryLogin> {
  const text = values.text('registry-auth-config');
  if (text === undefined) return {};
  const read = loginsIn(text);
  if (read !== undefined) return Object.fromEntries(read);
  throw new RunError({
    reason: 'step-failed',
    message:
      '"registry-auth-config" is not JSON of the form {"registry": {"username": "…", "password": "…"}}',
  });
}

function listeners(
  context: RunContext,
  run: BuiltInRun,
  quiet: boolean,
): Pick<BuildOptions, 'onOutput' | 'onProgress'> {
  return {
    onOutput: async (text) => {
      run.touch();
      if (!quiet) await context.output(Buffer.from(text));
    },
    onProgress: (progress) => {
      run.touch();
      context.emit({ type: 'pull-progress', at: Date.now(), image: 'the parent image', ...progress });
    },
  };
}

async function build(context: RunContext, tar: AsyncIterable<Buffer>, options: BuildOptions): Promise<void> {
  try {
    await context.engine.buildImage(tar, options);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'BUILD_FAILED') throw error;
    throw new RunError({ reason: 'step-failed', message: error.message }, { cause: error });
  }
}
