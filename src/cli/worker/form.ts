import type { WorkerConfiguration } from '../../worker/index.ts';

/** Under which name and form a worker was started. */
export interface WorkerForm {
  /** Where no option and no file says it; absent: it has to be said. */
  readonly provisionerId?: string;
  /** Whether the first word is a profile's name. */
  readonly hasProfile: boolean;
  /** What holds beneath all files. */
  readonly base: WorkerConfiguration;
  /** Whether the capacity follows from the free memory where nothing says it. */
  readonly capacityByMemory: boolean;
  /** Whether, where nothing says another, a queue on this machine and a folder of this user are meant. */
  readonly isOwnMachine: boolean;
  /** Whether its log is JSON also on a terminal. */
  readonly alwaysJson: boolean;
}
