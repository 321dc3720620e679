import type { RunRecord } from '../artifacts/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { CommandError } from './command-error.ts';

/** The word for the newest run. */
export const LATEST = 'latest';

/**
 * The run that a word of the command line means: its id, the beginning of one id and no other, or `latest` (the newest
 * that started, whatever its result). Throws `CommandError` with what to do where there is none, where several begin so,
 * or where the record cannot be read.
 */
export function findRun(store: ObjectStore, wanted: string = LATEST): Promise<RunRecord> {
  throw new CommandError(`the run "${wanted}" cannot be looked up in ${store.name} by this version yet`);
}
