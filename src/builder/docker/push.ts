import { setTimeout as sleep } from 'node:timers/promises';
import { type Engine, EngineError } from '../../engine/index.ts';
import type { BuildProgress, BuildWork } from '../backend.ts';
import { BuildError } from '../error.ts';
import { explainPush } from './explain.ts';
import { builtName, pushingName } from './names.ts';
import { TransferTeller } from './transfer-teller.ts';

/** Engines ask a registry once whether it is there; one that is started again is back after that. */
const PAUSES_MS = [1000, 4000];

/** Or it cannot now: of what has no room 507 is said, and 500. Engines repeat the layers by themselves, and no manifest. */
const BROKE_OFF =
  /connection refused|reset by peer|\bEOF\b|broken pipe|unexpected HTTP status: (?:429|50[234])\b|toomanyrequests/i;

/** Whether the registry may answer in a moment. */
const isPassing = (error: unknown): boolean =>
  error instanceof EngineError && error.code === 'REGISTRY' && BROKE_OFF.test(error.message);

interface Pushing {
  readonly engine: Engine;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Sends images to registries, one after the other where they have the same name: the engine has one image of a name. */
export class Pusher {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #pausesMs: readonly number[];

  /** `pausesMs`: before each further attempt where a registry broke off. */
  constructor(pausesMs: readonly number[] = PAUSES_MS) {
    this.#pausesMs = pausesMs;
  }

  /** Pushes what a build made; gives the digest of its manifest. */
  async push(work: BuildWork, pushing: Pushing): Promise<string> {
    const { pushHost } = work.destination;
    const name = `${pushHost}/${work.target.repository}:${work.target.tag}`;
    const before = this.#last.get(name) ?? Promise.resolve();
    const pushed = before.then(() => pushNamed(work, name, { ...pushing, pausesMs: this.#pausesMs }));
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

interface PushingNamed extends Pushing {
  readonly pausesMs: readonly number[];
}

async function pushNamed(work: BuildWork, name: string, pushing: PushingNamed): Promise<string> {
  const { engine, signal } = pushing;
  signal.throwIfAborted();
  // A name that somebody gave an image on this engine stays, for the new one; not what a push left that nobody ended.
  const has = async (each: string): Promise<boolean> => (await engine.inspectImage(each)) !== undefined;
  const wasThere = (await has(name)) && !(await has(pushingName(name)));
  // First what says after a crash that the name was only there for the push.
  if (!wasThere) await engine.tagImage(builtName(work.id), pushingName(name));
  await engine.tagImage(builtName(work.id), name);
  try {
    const digest = await pushPatiently(work, name, pushing);
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

async function pushPatiently(
  { destination: { credentials } }: BuildWork,
  name: string,
  { engine, progress, signal, now, pausesMs }: PushingNamed,
): Promise<string | undefined> {
  const teller = new TransferTeller(progress, now);
  const options = { ...(credentials && { credentials }), signal };
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      return (await engine.pushImage(name, { ...options, onProgress: (told) => teller.tell(told) })).digest;
    } catch (error) {
      if (pauseMs === undefined || !isPassing(error)) throw error;
      await progress.write(`The registry broke off: the push begins again in ${pauseMs / 1000} s\n`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
  return undefined;
}
