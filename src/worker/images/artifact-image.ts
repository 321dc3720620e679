import { createHash } from 'node:crypto';
import { createZstdDecompress } from 'node:zlib';
import { ArchiveError, unlz4 } from '../../archive/index.ts';
import { satisfies } from '../../auth/index.ts';
import type { ImageDetails } from '../../engine/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import type { PayloadImage } from '../payload/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { transformed } from '../transformed.ts';
import { ImageError, refused } from './image-error.ts';
import { withImageRetries } from './image-retries.ts';
import { openArtifact } from './open-artifact.ts';
import { retryLine } from './progress-lines.ts';
import { renameArchive } from './rename-archive.ts';
import type { SharedWork } from './shared-work.ts';

/** Of an archive when it is not compressed: what would be more is a mistake, or a bomb. */
const MAX_ARCHIVE_BYTES = 64 * 1024 ** 3;

type Decompress = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const FORMATS: readonly (readonly [ending: string, decompress: Decompress])[] = [
  ['.tar', (bytes) => bytes],
  ['.tar.lz4', unlz4],
  ['.tar.zst', unzstd],
];

/** An image that an archive brought. */
export interface LoadedImage {
  readonly image: ImageDetails;
  /** SHA-256 in hex of the archive as it was downloaded. */
  readonly artifactSha256: string;
}

export type Loads = SharedWork<LoadedImage, string>;
export type ArtifactImage = Exclude<PayloadImage, string | { readonly type: 'docker-image' }>;

interface WantedImage {
  readonly image: ArtifactImage;
  readonly loads: Loads;
  /** Digests of those that are here, by the name under which they were loaded. */
  readonly digests: Map<string, string>;
  readonly signal: AbortSignal;
}

/** An image that is an artifact of a task: the one that is here, else it is loaded. */
export async function ensureArtifactImage(task: TaskContext, wanted: WantedImage): Promise<LoadedImage> {
  const { path } = wanted.image;
  if (!FORMATS.some(([ending]) => path.endsWith(ending))) {
    throw refused(
      `The image ${path} is of no known format: its name must end in ${FORMATS.map(([ending]) => ending).join(', ')}`,
    );
  }
  checkScope(task, path);
  const taskId = await taskOf(task, wanted);
  const name = createHash('md5')
    .update(taskId + path)
    .digest('hex');
  const reference = `${name}:latest`;
  const here = await task.engine.inspectImage(reference);
  const artifactSha256 = wanted.digests.get(name);
  if (here !== undefined && artifactSha256 !== undefined) {
    task.log.text(`Image '${path}' from task '${taskId}' exists in the cache. Using image ID ${here.id}.\n`);
    task.garbage.imageUsed(reference);
    return { image: here, artifactSha256 };
  }
  const joiner = { signal: wanted.signal, onProgress: (line: string) => task.log.line(line) };
  const loaded = await wanted.loads.join(reference, joiner, ({ signal, tell }) =>
    load(task, { taskId, path, name, signal, tell }),
  );
  wanted.digests.set(name, loaded.artifactSha256);
  task.garbage.imageUsed(reference, { fetched: true });
  task.log.line(`Image '${path}' from task '${taskId}' loaded. Using image ID ${loaded.image.id}.`);
  return loaded;
}

function checkScope({ scopes }: TaskContext, path: string): void {
  const scope = `queue:get-artifact:${path}`;
  if (path.startsWith('public/') || satisfies(scopes, scope)) return;
  throw refused(`Not authorized to use the image ${path}: the task must have ${scope} in task.scopes.`);
}

async function taskOf({ queue }: TaskContext, { image, signal }: WantedImage): Promise<string> {
  if (image.type === 'task-image') return image.taskId;
  const { namespace } = image;
  try {
    return (await queue.findTask(namespace, { signal })).taskId;
  } catch (cause) {
    signal.throwIfAborted();
    const isAbsent = cause instanceof QueueClientError && cause.status === 404;
    const why = isAbsent ? 'nothing is indexed there' : String(cause);
    throw new ImageError(`Could not find the task at ${namespace}: ${why}`, { isFinal: true, cause });
  }
}

interface Load {
  readonly taskId: string;
  readonly path: string;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

async function load(task: TaskContext, wanted: Load): Promise<LoadedImage> {
  const { path, taskId, signal, tell } = wanted;
  const onRetry = (error: unknown, pauseMs: number): void => {
    task.record('load image retry', { image: path, from: taskId, error: String(error), pauseMs });
    tell(retryLine({ error, pauseMs }));
  };
  return await withImageRetries({ settings: task.settings.image, signal, onRetry }, () =>
    loadOnce(task, wanted),
  );
}

async function loadOnce(task: TaskContext, { taskId, path, name, signal, tell }: Load): Promise<LoadedImage> {
  const { engine } = task;
  tell(`Downloading artifact "${path}" from task ID: ${taskId}.`);
  const hash = createHash('sha256');
  const bytes = tap(await openArtifact(task.queue, { taskId, path, signal }), (piece) => hash.update(piece));
  const [, decompress] = FORMATS.find(([ending]) => path.endsWith(ending)) ?? [];
  if (decompress === undefined) throw new Error(`no format for ${path}`); // its ending was looked at before
  const archive = limited(decompress(bytes));
  try {
    await engine.loadImage(renameArchive(archive, name), { signal });
    // The end of the download may be after the end of the archive.
    for await (const _ of bytes);
  } catch (error) {
    if (error instanceof ArchiveError && error.code !== 'IO') throw refused(error.message, error);
    throw error;
  }
  const image = await engine.inspectImage(`${name}:latest`);
  if (image === undefined)
    throw refused(`The engine loaded ${path}, and has no such image: it may be of another form`);
  return { image, artifactSha256: hash.digest('hex') };
}

/** May be read in two goes: the second gets what the first has left. */
function tap(
  source: AsyncIterable<Uint8Array>,
  look: (bytes: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = await iterator.next();
    if (!result.done) look(result.value);
    return result;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

async function* limited(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let total = 0;
  for await (const bytes of source) {
    total += bytes.length;
    if (total > MAX_ARCHIVE_BYTES)
      throw refused(`The image is larger than ${formatBytes(MAX_ARCHIVE_BYTES)}`);
    yield bytes;
  }
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* transformed(source, createZstdDecompress());
  } catch (cause) {
    const isZstd = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ZSTD_');
    if (!isZstd) throw cause;
    throw refused('The image is no complete file of zstd', cause);
  }
}
