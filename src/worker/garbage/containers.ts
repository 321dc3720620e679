import type { Engine } from '../../engine/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts } from '../work/error-facts.ts';

const ATTEMPTS = 5;

/** Containers of finished tasks on their way out. */
export interface ContainerGarbage {
  /** Tries at once; what does not go is tried again in the next sweeps. Does not reject. */
  remove(id: string): Promise<void>;
  /** Tries again what is still there; given up with a record after five tries. */
  sweep(): Promise<void>;
}

export function createContainerGarbage(engine: Engine, record: WorkerRecordWriter): ContainerGarbage {
  const tries = new Map<string, number>();
  const remove = async (id: string): Promise<void> => {
    const attempt = (tries.get(id) ?? 0) + 1;
    tries.set(id, attempt);
    try {
      await engine.removeContainer(id);
      tries.delete(id);
      record('container removed', { containerId: id });
    } catch (error) {
      record('container removal error', { containerId: id, attempt, ...errorFacts(error) });
      if (attempt < ATTEMPTS) return;
      tries.delete(id);
      record('[alert-operator] container given up', { containerId: id, attempts: attempt });
    }
  };
  return {
    remove,
    async sweep() {
      for (const id of [...tries.keys()]) await remove(id);
    },
  };
}
