import { type Engine, EngineError } from '../../engine/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts } from '../work/error-facts.ts';

const ATTEMPTS = 5;

/** Containers of finished tasks on their way out. */
export interface ContainerGarbage {
  /** Tries at once; what does not go is tried again in the next sweeps. Does not reject. */
  remove(id: string): Promise<void>;
  /** Tries again what is still there; given up with a record after five tries, of which those without an engine do not count. */
  sweep(): Promise<void>;
}

export function createContainerGarbage(engine: Engine, record: WorkerRecordWriter): ContainerGarbage {
  const tries = new Map<string, number>();
  const remove = async (id: string): Promise<void> => {
    const before = tries.get(id) ?? 0;
    const attempt = before + 1;
    tries.set(id, attempt);
    try {
      await engine.removeContainer(id);
      tries.delete(id);
      record('container removed', { containerId: id });
    } catch (error) {
      record('container removal error', { containerId: id, attempt, ...errorFacts(error) });
      if (error instanceof EngineError && error.code === 'UNREACHABLE') tries.set(id, before);
      else if (attempt >= ATTEMPTS) giveUp(id, attempt);
    }
  };
  const giveUp = (id: string, attempts: number): void => {
    tries.delete(id);
    record('[alert-operator] container given up', { containerId: id, attempts });
  };
  return {
    remove,
    async sweep() {
      for (const id of [...tries.keys()]) await remove(id);
    },
  };
}
