import { type Engine, EngineError } from '../../engine/index.ts';
import { isMadeByRun } from '../../runner/index.ts';
import { fullImageName, isNamedByPipeline } from '../images/index.ts';

export interface ImageGuard {
  /** Whether the pipeline may use what is here under a name, as far as it has not fetched it itself. */
  readonly mayUse: (name: string) => boolean;
  /** Whether what is here may be what a Dockerfile begins from. */
  readonly buildsFromLocal: boolean;
}

/** An engine for one pipeline; disposing it gives back the names that the pipeline has taken, and leaves the engine open. */
export interface GuardedEngine extends AsyncDisposable {
  readonly engine: Engine;
}

/**
 * The images of a worker are those of all its tasks. A pipeline that pushes an image has to give it a name here, which may be
 * that of an image that others use: it has the name until the push has ended. What others may not have is not there for it:
 * it has to fetch it with a login of its own.
 */
export function guardImages(engine: Engine, { mayUse, buildsFromLocal }: ImageGuard): GuardedEngine {
  /** What the name was that of before, by name. */
  const taken = new Map<string, string | undefined>();
  /** Names of what the pipeline has fetched, or built for itself. */
  const own = new Set<string>();

  const take = async (written: string): Promise<void> => {
    const name = fullImageName(written);
    if (name === undefined || own.has(name) || taken.has(name)) return;
    const before = await engine.inspectImage(name);
    // One that another pipeline has just named is not what the name stands for.
    taken.set(name, before === undefined || isMadeByRun(before.labels) ? undefined : before.id);
  };
  const giveBack = async (name: string): Promise<void> => {
    if (!taken.has(name)) return;
    const before = taken.get(name);
    taken.delete(name);
    await ignoring('CONFLICT', engine.removeImage(name)); // a container is made of it
    if (before !== undefined) await ignoring('IMAGE_NOT_FOUND', engine.tagImage(before, name));
  };

  const guarded: Engine = {
    ...engine,
    async inspectImage(reference) {
      const details = await engine.inspectImage(reference);
      const name = fullImageName(reference);
      if (details === undefined || name === undefined || own.has(name) || taken.has(name)) return details;
      return mayUse(reference) && !isNamedByPipeline(details, name) ? details : undefined;
    },
    async pullImage(reference, options) {
      await engine.pullImage(reference, options);
      own.add(fullImageName(reference) ?? reference);
    },
    async buildImage(context, options) {
      for (const reference of options.references ?? []) own.add(fullImageName(reference) ?? reference);
      return await engine.buildImage(context, {
        ...options,
        pull: options.pull === true || !buildsFromLocal,
      });
    },
    async commitContainer(id, options) {
      if (options.reference !== undefined) await take(options.reference);
      return await engine.commitContainer(id, options);
    },
    async tagImage(source, target) {
      await take(target);
      await engine.tagImage(source, target);
    },
    async pushImage(reference, options) {
      try {
        return await engine.pushImage(reference, options);
      } finally {
        await giveBack(fullImageName(reference) ?? reference);
      }
    },
    async removeImage(reference) {
      const name = fullImageName(reference);
      await (name !== undefined && taken.has(name) ? giveBack(name) : engine.removeImage(reference));
    },
  };
  return {
    engine: guarded,
    async [Symbol.asyncDispose]() {
      for (const name of [...taken.keys()]) await giveBack(name);
    },
  };
}

async function ignoring(code: EngineError['code'], work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof EngineError && error.code === code)) throw error;
  }
}
