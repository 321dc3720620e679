import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../error.ts';
import { Source } from '../source.ts';
import type { ImagePlace } from './commit.ts';
import type { FakeImage } from './options.ts';
import { runHostTool } from './run-host-tool.ts';
import { abortStop, unlessStopped } from './stops.ts';
import { unpackTar } from './unpack-tar.ts';

/** Takes images in from a tar in the format of `docker save`; returns their names or ids. Lets go of the tar. */
export async function load(
  tar: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  place: ImagePlace,
): Promise<string[]> {
  const folder = `${place.imageFolder}/load-${randomBytes(6).toString('hex')}`;
  await mkdir(folder);
  const source = new Source(tar);
  try {
    await unlessStopped(
      unpackTar({ root: folder, mounts: [] }, '/', source),
      signal ? [abortStop(signal)] : [],
    );
    const loaded: string[] = [];
    for (const entry of await readManifest(folder)) loaded.push(...(await takeIn(folder, entry, place)));
    return loaded;
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface ManifestEntry {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

async function readManifest(folder: string): Promise<ManifestEntry[]> {
  // The fake trusts what such tars hold: tests make them with an engine.
  return (await readDocument(join(folder, 'manifest.json'))) as ManifestEntry[];
}

async function readDocument(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new EngineError('INVALID', `cannot load images from a tar: it has no ${basename(file)}`, { cause });
  }
}

async function takeIn(
  folder: string,
  { Config, RepoTags, Layers }: ManifestEntry,
  { images, imageFolder, busybox }: ImagePlace,
): Promise<readonly string[]> {
  const file = join(folder, Config);
  const image = configurationOf((await readDocument(file)) as ImageDocument);
  const root = `${imageFolder}/${randomBytes(6).toString('hex')}`;
  await mkdir(root);
  for (const layer of Layers) {
    await runHostTool(busybox, ['tar', '-xf', join(folder, layer), '-C', root]);
    await applyWhiteouts(root);
  }
  const id = `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`;
  // An image of the fake keeps the id it had, after which `save` names the document.
  const own = /^[0-9a-f]{64}\.json$/.test(Config) ? `sha256:${Config.slice(0, 64)}` : id;
  const { details } = await images.addOwned(RepoTags ?? [], { ...image, folder: root }, own);
  return RepoTags ?? [details.id];
}

interface ImageDocument {
  readonly config: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly User?: string;
    readonly Env?: readonly string[] | null;
    readonly ExposedPorts?: object | null;
    readonly Volumes?: object | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly WorkingDir?: string;
    readonly StopSignal?: string;
  };
}

function configurationOf({ config }: ImageDocument): FakeImage {
  return {
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    user: config.User ?? '',
    environment: config.Env ?? [],
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
    labels: config.Labels ?? {},
    ...(config.WorkingDir && { workingDir: config.WorkingDir }),
    ...(config.StopSignal && { stopSignal: config.StopSignal }),
  };
}

/** A layer says with `.wh.NAME` that NAME of the layers below is gone. */
async function applyWhiteouts(root: string): Promise<void> {
  const names = await readdir(root, { recursive: true });
  for (const name of names.filter((each) => basename(each).startsWith('.wh.'))) {
    await rm(join(root, name), { force: true });
    const hidden = join(root, dirname(name), basename(name).slice('.wh.'.length));
    await rm(hidden, { recursive: true, force: true });
  }
}
