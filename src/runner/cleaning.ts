import type { RunContext } from './context.ts';
import { listHolds } from './hold/hold-record.ts';
import { removeImages, removeInTheWay } from './leftovers.ts';
import { removeOldStates } from './states/remove-states.ts';

/** The removing of what killed runs left, beside a run. */
export interface Cleaning {
  /**
   * Resolves when the containers and networks are gone, whose names, ports and addresses this run may want for itself.
   * Never rejects.
   */
  readonly wayFree: Promise<void>;
  /** Begins with what is in nobody's way, if that has not begun; resolves when all is done. Never rejects. */
  finish(): Promise<void>;
}

/**
 * Begins to remove what killed runs left. To look for images takes the engine as long as to make a container, so that waits
 * until `finish`. A run does not fail for any of it: the next one tries again. `resumedRun` keeps its states.
 */
export function startCleaning(context: RunContext, resumedRun: string | undefined): Cleaning {
  const { engine } = context;
  const inTheWay = guarded(context, () => removeInTheWay(engine));
  const states = guarded(context, () => removeStates(context, resumedRun));
  let finished: Promise<void> | undefined;
  const finish = async (): Promise<void> => {
    const { containers = 0, networks = 0 } = (await inTheWay) ?? {};
    const images = (await guarded(context, () => removeImages(engine))) ?? 0;
    await states;
    if (containers + networks + images === 0) return;
    const what = `${containers} containers, ${networks} networks, ${images} images`;
    context.notice('info', `Removed what an earlier run left: ${what}`);
  };
  return {
    wayFree: inTheWay.then(() => undefined),
    finish: () => {
      finished ??= finish();
      return finished;
    },
  };
}

async function removeStates({ engine, request }: RunContext, resumedRun: string | undefined): Promise<void> {
  const { states, workingDir } = request;
  await listHolds(workingDir); // takes away those of killed runs
  if (!states?.keep) return;
  const keepRuns = states.keepRuns - 1;
  await removeOldStates(engine, { workingDir, keepRuns, ...(resumedRun !== undefined && { resumedRun }) });
}

async function guarded<T>({ notice }: RunContext, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notice('debug', `Could not remove all that earlier runs left: ${reason}`);
    return undefined;
  }
}
