import type { Engine } from '../../engine/index.ts';
import type { BuildProgress, BuildWork } from '../backend.ts';
import { BuildError } from '../error.ts';
import { explainPush } from './explain.ts';
import { builtName, pushingName } from './names.ts';
import { TransferTeller } from './transfer-teller.ts';

interface Pushing {
  readonly engine: Engine;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Sends images to registries, one after the other where they have the same name: the engine has one image of a name. */
export class Pusher {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Pushes what a build made; gives the digest of its manifest. */
  async push(work: BuildWork, pushing: Pushing): Promise<string> {
    const { pushHost } = work.destination;
    const name = `${pushHost}/${work.target.repository}:${work.target.tag}`;
    const before = this.#last.get(name) ?? Promise.resolve();
    const pushed = before.then(() => pushNamed(work, name, pushing));
    const settled = pushed.catch(() => undefined);
    this.#last.set(name, settled);
    try {
      return await pushed;
    } catch (error) {
      pushing.signal.throwIfAborted();
      throw explainPush(error);
    } finally {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    }
  }
}

async function pushNamed(
  work: BuildWork,
  name: string,
  { engine, progress, signal, now }: Pushing,
): Promise<string> {
  signal.throwIfAborted();
  const { credentials } = work.destination;
  // A name that somebody gave an image on this engine stays, for the new one; not what a push left that nobody ended.
  const has = async (each: string): Promise<boolean> => (await engine.inspectImage(each)) !== undefined;
  const wasThere = (await has(name)) && !(await has(pushingName(name)));
  // First what says after a crash that the name was only there for the push.
  if (!wasThere) await engine.tagImage(builtName(work.id), pushingName(name));
  await engine.tagImage(builtName(work.id), name);
  try {
    const teller = new TransferTeller(progress, now);
    const options = { ...(credentials && { credentials }), signal };
    const { digest } = await engine.pushImage(name, { ...options, onProgress: (told) => teller.tell(told) });
    if (digest !== undefined) return digest;
    throw new BuildError('backend-failed', `the engine does not say which manifest it pushed as ${name}`);
  } finally {
    if (!wasThere) {
      // What cannot be removed now goes with the names of the build: the image is there all the same.
      await engine
        .removeImage(name)
        .then(() => engine.removeImage(pushingName(name)))
        .catch(() => undefined);
    }
  }
}
