import type { Flag } from '../flag.ts';

/** Who else is told of a run, beside the person. */
export const OUTPUTS: readonly Flag[] = [
  { name: 'junit', value: 'FILE', about: 'write the steps and their results as JUnit XML' },
  {
    name: 'ci',
    value: 'SYSTEM',
    choices: ['auto', 'github', 'teamcity', 'gitlab', 'none'],
    default: 'auto',
    about: 'mark the log for a CI system; auto: for the one that it runs in',
  },
  { name: 'report', hidden: true, about: 'report the run to --wercker-host' },
  { name: 'wercker-host', value: 'HOST', hidden: true, about: 'server that --report reports to' },
  { name: 'wercker-token', value: 'TOKEN', hidden: true, about: 'token for --wercker-host' },
];
