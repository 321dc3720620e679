import type { Engine, ImageDetails } from '../../engine/index.ts';
import { type ImageName, parseImageName, type RegistryCredentials } from '../../registry/index.ts';
import type { BuildProgress, BuildWork, SourceOptions } from '../backend.ts';
import type { Destination } from '../destination.ts';
import { BuildError } from '../error.ts';
import { explainSource } from './explain.ts';
import type { KeptImages } from './kept-images.ts';
import { operatorLogin } from './logins.ts';
import { OWN_HOST } from './names.ts';
import type { DockerBackendOptions } from './options.ts';
import { TransferTeller } from './transfer-teller.ts';

/** What a name means now: on this engine, where the operator has put it there, otherwise in its registry. */
export async function findSourceDigest(
  options: DockerBackendOptions,
  source: string,
  { destination, fresh, signal }: SourceOptions,
): Promise<string> {
  const { engine } = options;
  const name = readSource(source);
  const wrong = (error: unknown) => {
    signal.throwIfAborted();
    throw explainSource(error, source);
  };
  const local = await findLocal(engine, source, name).catch(wrong);
  const known = local && digestIn(local, name);
  // What no registry has under that name cannot be asked for.
  if (local && (known === undefined || !fresh)) return known ?? local.id;
  const credentials = await loginFor(options, name.registry, destination);
  return await engine.findDigest(source, { ...(credentials && { credentials }), signal }).catch(wrong);
}

interface Preparing {
  readonly options: DockerBackendOptions;
  readonly kept: KeptImages;
  readonly signal: AbortSignal;
  /** Told how far it is where the image has to be fetched. */
  readonly progress: BuildProgress;
  readonly now: () => number;
}

/**
 * Sees to it that the image after FROM is on the engine under a name that is this user's and does not move; gives that name.
 * `source` of the work says name and digest, or only the name where nobody knows a digest.
 */
export async function prepareSource(work: BuildWork, preparing: Preparing): Promise<string> {
  const { options, kept, signal } = preparing;
  const { engine } = options;
  const name = readSource(work.source);
  const repository = repositoryOf(name, work.destination);
  const digest =
    name.digest ?? (await findSourceDigest(options, work.source, { ...work, fresh: false, signal }));
  const own = kept.nameOf({ user: work.user, repository, digest });
  try {
    if (await kept.find(own)) return own;
    const local = await findPinned(engine, work.source, { ...name, digest });
    if (local) await kept.keep(local.id, own);
    else await fetch({ ...preparing, own, pinned: `${repository}@${digest}` }, work, name.registry);
    return own;
  } catch (error) {
    signal.throwIfAborted();
    throw explainSource(error, work.source);
  }
}

async function fetch(
  {
    options,
    kept,
    signal,
    progress,
    now,
    own,
    pinned,
  }: Preparing & { readonly own: string; readonly pinned: string },
  { destination, source }: BuildWork,
  registry: string,
): Promise<void> {
  const { engine } = options;
  const credentials = await loginFor(options, registry, destination);
  const teller = new TransferTeller(progress, now);
  await progress.write(`Fetching ${source}\n`);
  await engine.pullImage(pinned, {
    ...(credentials && { credentials }),
    signal,
    onProgress: (told) => teller.tell(told),
  });
  await kept.keep(pinned, own);
  // Under the registry's own name anybody's build would find it, who may not have the login.
  await engine.removeImage(pinned);
}

function readSource(source: string): ImageName {
  const parsed = parseImageName(source);
  if (!parsed.ok) {
    throw new BuildError('source-not-found', `${source} is not the name of an image: ${parsed.error.reason}`);
  }
  if (parsed.value.registry !== OWN_HOST) return parsed.value;
  throw new BuildError('source-refused', `${OWN_HOST} is no registry`);
}

/** A registry with two names is one. */
function repositoryOf({ registry, path }: ImageName, { pushHost, pullHost }: Destination): string {
  return `${registry === pullHost ? pushHost : registry}/${path}`;
}

/** Engines also find images by parts of their ids: only what has the name is meant. */
async function findLocal(engine: Engine, text: string, name: ImageName): Promise<ImageDetails | undefined> {
  const found = await engine.inspectImage(text);
  return found && hasName(found, name) ? found : undefined;
}

async function findPinned(
  engine: Engine,
  source: string,
  name: ImageName & { readonly digest: string },
): Promise<ImageDetails | undefined> {
  const byDigest = await findLocal(engine, source, name);
  if (byDigest) return byDigest;
  const { digest, ...unpinned } = name;
  const byName = await findLocal(engine, source.replace(/@.*$/, ''), unpinned);
  if (!byName) return undefined;
  const known = digestIn(byName, name);
  return digest === known || (known === undefined && digest === byName.id) ? byName : undefined;
}

function hasName({ references, digests }: ImageDetails, { registry, path, tag, digest }: ImageName): boolean {
  const wanted = digest === undefined ? { tag: tag ?? 'latest' } : { digest };
  return [...references, ...digests].some((each) => {
    const parsed = parseImageName(each);
    if (!parsed.ok || parsed.value.registry !== registry || parsed.value.path !== path) return false;
    return 'tag' in wanted ? parsed.value.tag === wanted.tag : parsed.value.digest === wanted.digest;
  });
}

/** Under which manifest a registry has the image in that repository. */
function digestIn({ digests }: ImageDetails, { registry, path }: ImageName): string | undefined {
  const names = digests.map((each) => parseImageName(each)).filter((parsed) => parsed.ok);
  return names.find(({ value }) => value.registry === registry && value.path === path)?.value.digest;
}

async function loginFor(
  options: DockerBackendOptions,
  registry: string,
  { pushHost, pullHost, credentials }: Destination,
): Promise<RegistryCredentials | undefined> {
  if (registry === pushHost || registry === pullHost) return credentials;
  return await operatorLogin(options, registry);
}
