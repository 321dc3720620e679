import type { Flag } from '../flag.ts';

export const STATES: readonly Flag[] = [
  { name: 'keep-steps', about: 'keep what each step leaves, for --from, shell --at and diff' },
  { name: 'keep-states', value: 'N', default: '5', about: 'of how many runs states are kept' },
  {
    name: 'from',
    value: 'STEP',
    about: 'go on before this step in the state that an earlier run kept there',
  },
  { name: 'state', value: 'RUN', about: 'the run whose state --from uses instead of the newest' },
  {
    name: 'on-failure',
    value: 'WHAT',
    choices: ['stop', 'shell', 'hold'],
    default: 'stop',
    about: 'when a step fails: end, open a shell in the box first, or wait for a decision',
  },
  { name: 'hold-timeout', value: 'MINUTES', default: '60', about: 'how long a held run waits' },
];
