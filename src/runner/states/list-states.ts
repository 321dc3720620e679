import type { Engine } from '../../engine/index.ts';
import { type KeptState, type StatesRecord, stateName } from './record.ts';
import { openStateFolder } from './state-folder.ts';
import { STATE_LABEL } from './state-image.ts';

export interface ListedState extends KeptState {
  readonly name: string;
  /** The engine no longer has its image. */
  readonly gone: boolean;
}

export interface ListedRun extends Omit<StatesRecord, 'states' | 'version'> {
  readonly states: readonly ListedState[];
}

/** The states that a working folder's runs kept, newest run first. Throws `EngineError`. */
export async function listStates(engine: Engine, workingDir: string): Promise<ListedRun[]> {
  const [records, images] = await Promise.all([
    openStateFolder(workingDir).list(),
    engine.listImages({ label: STATE_LABEL }),
  ]);
  const ids = new Set(images.map(({ id }) => id));
  return records.map(({ version, states, ...record }) => ({
    ...record,
    states: states.map((state) => ({
      ...state,
      name: stateName(record, state),
      gone: !ids.has(state.imageId),
    })),
  }));
}
