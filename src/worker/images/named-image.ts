import { satisfies } from '../../auth/index.ts';
import type { Engine, ImageDetails, PullOptions } from '../../engine/index.ts';
import { formatImageName, parseImageName } from '../../registry/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { refused } from './image-error.ts';
import { withImageRetries } from './image-retries.ts';
import { fullImageName, isNamedByPipeline } from './made-here.ts';
import { createProgressLines, type PullNews } from './progress-lines.ts';
import { findLogin, writtenName } from './registry-login.ts';
import type { SharedWork } from './shared-work.ts';

/** Names that `load` gives to images of artifacts: they are reached by their artifact, which asks for scopes. */
const LOADED_NAME = /^docker\.io\/library\/[0-9a-f]{32}[:@]/;

export type Pulls = SharedWork<ImageDetails, PullNews>;

interface NamedImage {
  /** As the payload has it. */
  readonly name: string;
  readonly pulls: Pulls;
  readonly signal: AbortSignal;
}

/** An image of a registry: the one that is here, else it is brought. */
export async function ensureNamedImage(
  task: TaskContext,
  { name, pulls, signal }: NamedImage,
): Promise<ImageDetails> {
  const reference = fullReference(name);
  const credentials = allowedLogin(task, name);
  const here = await task.engine.inspectImage(reference);
  if (here !== undefined && !isNamedByPipeline(here, reference)) {
    task.log.text(`${name} exists in the cache.\n`);
    task.garbage.imageUsed(reference);
    return here;
  }
  const lines = createProgressLines(task, name);
  const joiner = { signal, onProgress: lines.progress };
  const pulled = await pulls.join(reference, joiner, ({ signal: shared, tell }) =>
    pull(task, {
      reference,
      tell,
      options: { signal: shared, onProgress: tell, ...(credentials && { credentials }) },
    }),
  );
  lines.done();
  task.garbage.imageUsed(reference, { fetched: true });
  return pulled;
}

/** With tag or digest, so that no engine takes it for the beginning of an id. */
function fullReference(name: string): string {
  const parsed = parseImageName(name);
  if (!parsed.ok) throw refused(`${JSON.stringify(name)} is no name of an image: ${parsed.error.reason}`);
  const { tag, digest, ...rest } = parsed.value;
  const reference = formatImageName({
    ...rest,
    ...(digest === undefined ? { tag: tag ?? 'latest' } : { digest }),
  });
  if (LOADED_NAME.test(reference)) {
    throw refused(`${name} is the name of an image that came as an artifact: name it by task and artifact`);
  }
  return reference;
}

/** Whether a task that names an image no matter where may use the one that is here. */
export function mayUseImage({ settings, scopes }: TaskContext, name: string): boolean {
  const { repository, tag } = writtenName(name);
  const isLoaded = LOADED_NAME.test(fullImageName(name) ?? '');
  const needsScope = findLogin(repository, settings.image) !== undefined;
  return !isLoaded && (!needsScope || satisfies(scopes, scopeOf(repository, tag)));
}

const scopeOf = (repository: string, tag: string): string => `docker-worker:image:${repository}:${tag}`;

/** Where the operator has a login, the task must be allowed to use it, also for an image that is here already. */
function allowedLogin({ settings, scopes }: TaskContext, name: string): PullOptions['credentials'] {
  const { repository, tag } = writtenName(name);
  const login = findLogin(repository, settings.image);
  const scope = scopeOf(repository, tag);
  if (login === undefined || satisfies(scopes, scope)) return login;
  throw refused(`Insufficient scopes to use the image ${name}: the task must have ${scope} in task.scopes.`);
}

interface Pull {
  readonly reference: string;
  readonly tell: (news: PullNews) => void;
  readonly options: PullOptions & { readonly signal: AbortSignal };
}

async function pull(
  { engine, settings, record }: TaskContext,
  { reference, tell, options }: Pull,
): Promise<ImageDetails> {
  const onRetry = (error: unknown, pauseMs: number): void => {
    record('pull image retry', { image: reference, error: String(error), pauseMs });
    tell({ error, pauseMs });
  };
  return await withImageRetries({ settings: settings.image, signal: options.signal, onRetry }, async () => {
    await engine.pullImage(reference, options);
    return await pulledImage(engine, reference);
  });
}

async function pulledImage(engine: Engine, reference: string): Promise<ImageDetails> {
  const image = await engine.inspectImage(reference);
  if (image === undefined) throw new Error(`the engine pulled ${reference}, and has no such image`);
  return image;
}
