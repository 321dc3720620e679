import { EngineError, type ImageDetails, type RegistryCredentials } from '../engine/index.ts';
import { type BoxSpec, interpolate } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';

/** An image that is on the engine and can be run. */
export interface ReadyImage {
  /** As the engine is asked for it. */
  readonly reference: string;
  readonly details: ImageDetails;
}

export type Lookup = (name: string) => string | undefined;

/** Why there is no image, in words for the person. */
export class ImageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptions & { hint?: string } = {}) {
    super(message, options);
    this.name = 'ImageError';
    this.hint = options.hint;
  }
}

/** The image's name with `$NAME` filled in. Throws `ImageError` where nothing usable comes out. */
export function imageReference(spec: BoxSpec, lookup: Lookup, checkpoint?: string): string {
  const repository = interpolate(spec.repository, lookup);
  if (repository === '')
    throw new ImageError(`the image "${spec.id}" is empty after its variables are filled in`);
  if (checkpoint !== undefined) return `${repository}:w-${checkpoint}`;
  if (spec.digest !== undefined) return `${repository}@${interpolate(spec.digest, lookup)}`;
  const tag = interpolate(spec.tag ?? '', lookup);
  // A variable may hold the whole name: `id: $IMAGE` with `name:tag` in it.
  if (tag === '' && /:[\w.-]+$/.test(repository)) return repository;
  return `${repository}:${tag === '' ? 'latest' : tag}`;
}

/** Finds the image on the engine or pulls it, as the request's pull policy says; `login` is asked only for a pull. */
export async function readyImage(
  context: RunContext,
  reference: string,
  login: () => Promise<RegistryCredentials | undefined>,
): Promise<ReadyImage> {
  const { engine, request } = context;
  const policy = request.images.pull;
  const local = policy === 'always' ? undefined : await engine.inspectImage(reference);
  if (local !== undefined) return { reference, details: local };
  if (policy === 'never') {
    throw new ImageError(
      `there is no local image "${reference}", and nothing is pulled with --docker-local`,
      {
        hint: 'pull or build it first, or leave --docker-local out',
      },
    );
  }
  await pull(context, reference, await login());
  const details = await engine.inspectImage(reference);
  if (details === undefined)
    throw new ImageError(`the image "${reference}" was pulled, but the engine does not have it`);
  return { reference, details };
}

async function pull(context: RunContext, image: string, credentials?: RegistryCredentials): Promise<void> {
  context.notice('info', `Pulling ${image}`);
  try {
    await context.engine.pullImage(image, {
      ...(credentials === undefined ? {} : { credentials }),
      signal: context.signal,
      onProgress: (progress) => context.emit({ type: 'pull-progress', at: Date.now(), image, ...progress }),
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new ImageError(error.message, { cause: error, ...pullHint(error, image) });
  }
}

function pullHint({ code }: EngineError, image: string): { hint?: string } {
  if (code === 'IMAGE_NOT_FOUND')
    return { hint: `check the name and tag, or make a local image called "${image}"` };
  if (code === 'UNAUTHORIZED') return { hint: 'give the box `username` and `password`, or check them' };
  if (code === 'REGISTRY')
    return { hint: 'check the network, or use an image that is already on the engine' };
  return {};
}
