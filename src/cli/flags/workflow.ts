import type { Flag } from '../flag.ts';

export const WORKFLOW: readonly Flag[] = [
  {
    name: 'parallel',
    value: 'N',
    about: 'how many pipelines may run at once (default: as many as there are processors, at least 2)',
  },
  { name: 'fail-fast', about: 'after a failure also stop the pipelines that run' },
  { name: 'keep-going', about: 'after a failure start what does not depend on the failed pipeline' },
];

/** Flags that have a meaning for one run alone. */
export const OF_ONE_RUN: readonly string[] = [
  'pipeline',
  'run-id',
  'commit',
  'tag',
  'message',
  'checkpoint',
  'last-build-box',
  'from',
];
