import { isSafeId } from '../../kernel/index.ts';

/** What is kept of a run beside its record: what its steps printed, and what happened in it. */
export type RunLogKind = 'log' | 'events';

// What the files of logs end with: no folder of theirs is called so.
const FILE_ENDING = /\.(?:log|ended)$/;

/** The name of a run's log in the folder of logs; `undefined` for an id that makes no name. */
export const runLogName = (runId: string, kind: RunLogKind): string | undefined =>
  isSafeId(runId) && !FILE_ENDING.test(runId) ? `${runId}/${kind}` : undefined;
