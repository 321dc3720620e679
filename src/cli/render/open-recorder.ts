import { recordRuns } from '../../artifacts/index.ts';
import type { ArtifactStore } from '../../runner/index.ts';
import type { RunStores } from '../open-stores.ts';
import type { Output } from './output.ts';

export interface RecorderOptions {
  readonly stores: Pick<RunStores, 'data'>;
  readonly artifactStore: ArtifactStore | undefined;
  /** Told once for each store what went wrong. */
  readonly onTrouble: (text: string, runId: string) => void;
}

/** Keeps a record of each run in the data folder and, where its artifacts go to another store, there too. */
export function openRecorder({ stores, artifactStore, onTrouble }: RecorderOptions): Output {
  const elsewhere = artifactStore?.destination === undefined ? {} : { elsewhere: artifactStore.store };
  const recorder = recordRuns({ open: () => stores.data(), ...elsewhere, onTrouble });
  return { see: (event) => recorder.see(event), close: (options) => recorder.close(options) };
}
