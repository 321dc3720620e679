import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { expectBuildKitOptions } from '../buildkit-options.ts';
import type { BuildOptions } from '../engine.ts';
import { EngineError } from '../error.ts';
import { checkReference } from '../reference.ts';
import { Source } from '../source.ts';
import type { BuildCaches } from './build-caches.ts';
import { type BuildOutput, buildOutput } from './build-output.ts';
import { BuildStage } from './build-stage.ts';
import { commit, type ImagePlace } from './commit.ts';
import type { ContainerStore } from './container-store.ts';
import { type Instruction, parseDockerfile, substitute } from './dockerfile.ts';
import { cancelledError, type GoingOn } from './going-on.ts';
import { pull } from './pull.ts';
import type { FakeRegistries } from './registries.ts';
import { hostPath } from './root-path.ts';
import { abortStop, unlessStopped } from './stops.ts';
import { unpackTar } from './unpack-tar.ts';

/** What a build works on. */
export interface BuildPlace extends ImagePlace {
  readonly containers: ContainerStore;
  readonly registries: FakeRegistries;
  readonly caches: BuildCaches;
  readonly goingOn: GoingOn;
}

/**
 * Builds an image from the part of Dockerfiles that `dockerfile.ts` knows: one stage, no wildcards, no cache. RUN starts
 * real processes in the image's files. Lets go of the context.
 */
export async function build(
  context: AsyncIterable<Uint8Array>,
  options: BuildOptions,
  place: BuildPlace,
): Promise<string> {
  const folder = `${place.imageFolder}/build-${randomBytes(6).toString('hex')}`;
  await mkdir(folder);
  const source = new Source(context);
  await using going = await place.goingOn.begin(options);
  const { signal } = going;
  const stops = [abortStop(signal)];
  try {
    for (const reference of options.references) checkReference(reference);
    if (options.builder === 'buildkit') expectBuildKitOptions(options, `build ${options.references[0]}`);
    if (options.squash) throw new EngineError('INVALID', 'the fake engine does not squash');
    await unlessStopped(unpackTar({ root: folder, mounts: [] }, '/', source), stops);
    const build = { folder, options: { ...options, signal }, output: buildOutput(options), place };
    return await runInstructions(await readInstructions(folder, options), build);
  } catch (error) {
    throw cancelledError(error, options.signal);
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readInstructions(folder: string, { dockerfile = 'Dockerfile', references }: BuildOptions) {
  const file = await hostPath({ root: folder, mounts: [] }, dockerfile, true);
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    const message = `cannot build the image ${references[0]}: there is no Dockerfile ${dockerfile}`;
    throw new EngineError('BUILD_FAILED', message, { cause });
  });
  return parseDockerfile(content);
}

interface Build {
  /** The context. */
  readonly folder: string;
  readonly options: BuildOptions;
  readonly output: BuildOutput;
  readonly place: BuildPlace;
}

async function runInstructions(instructions: readonly Instruction[], build: Build): Promise<string> {
  const { options, output, place } = build;
  let stage: BuildStage | undefined;
  const args = new Map<string, string>();
  try {
    for (const [index, instruction] of instructions.entries()) {
      const { name, text } = instruction;
      const doing = `cannot build the image ${options.references[0]}, at ${name} ${text} (step ${index + 1} of ${instructions.length})`;
      await output.begin({
        number: index + 1,
        count: instructions.length,
        instruction: `${name} ${text}`,
      });
      if (name === 'ARG') addArgument(args, text, options);
      else if (name === 'FROM') stage = await openStage(substitute(text, args), build);
      else if (stage) await stage.run(instruction, { args, doing });
      else throw new EngineError('BUILD_FAILED', `${doing}: no FROM before it`);
    }
    if (!stage) throw new EngineError('BUILD_FAILED', 'the Dockerfile has no FROM');
    return await finish(stage, build);
  } finally {
    if (stage && !options.keepIntermediate) await place.containers.remove(stage.container.parts.id);
  }
}

function addArgument(args: Map<string, string>, text: string, { buildArgs = {} }: BuildOptions): void {
  const [name = '', value] = text.split('=', 2);
  const given = new Map(Object.entries(buildArgs)).get(name) ?? value;
  if (given !== undefined) args.set(name, given);
}

async function openStage(reference: string, { folder, options, output, place }: Build): Promise<BuildStage> {
  const { images, containers } = place;
  const host = reference.split('/', 1)[0] ?? '';
  const credentials = new Map(Object.entries(options.credentials ?? {})).get(host);
  if (options.pull || !images.find(reference)) {
    await pull(reference, { ...(credentials && { credentials }) }, place);
  }
  const name = `build-${randomBytes(6).toString('hex')}`;
  const { extraHosts = [], builder } = options;
  // BuildKit's are not the engine's own, and here there is but one.
  const network = builder === 'buildkit' ? undefined : options.network;
  const id = await containers.create(
    {
      name,
      image: reference,
      command: ['sh'],
      labels: {},
      extraHosts,
      ...(network !== undefined && { network: { name: network, aliases: [] } }),
    },
    images.get(reference),
  );
  const container = containers.get(id);
  container.configure(images.get(reference).configuration);
  return new BuildStage(container, { folder, options, output, busybox: place.busybox, caches: place.caches });
}

async function finish({ container }: BuildStage, { options, output, place }: Build): Promise<string> {
  const [reference, ...others] = options.references;
  const { labels = {} } = options;
  const id = await commit(container, { ...(reference !== undefined && { reference }), labels }, place);
  for (const other of others) place.images.tag(id, other);
  await output.built(id);
  return id;
}
