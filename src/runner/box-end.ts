import { type ContainerDetails, type Engine, EngineError } from '../engine/index.ts';
import type { CommandOutcome } from './session/index.ts';

type BoxEnd = Extract<CommandOutcome, { type: 'container-ended' }>;

/**
 * Why the streams of a box closed. They close in the same way whether the box ended or the engine did, so the engine is
 * asked; `error` is set where it does not answer, and nothing more can be done with the box.
 */
export async function explainBoxEnd(engine: Engine, container: string): Promise<BoxEnd> {
  try {
    return { type: 'container-ended', detail: describe(await engine.inspectContainer(container)) };
  } catch (error) {
    if (error instanceof EngineError) return { type: 'container-ended', error };
    throw error;
  }
}

function describe(box: ContainerDetails | undefined): string {
  if (box === undefined) return 'the box was removed';
  if (box.running) return 'the connection to the box broke off';
  if (box.outOfMemory) return 'the box ran out of memory';
  return box.exitCode === undefined ? 'the box ended' : `the box ended with exit code ${box.exitCode}`;
}
