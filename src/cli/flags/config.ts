import type { Flag } from '../flag.ts';

export const CONFIG: readonly Flag[] = [
  {
    name: 'wercker-yml',
    value: 'FILE',
    variable: 'WERCKER_YML_FILE',
    about: 'file to read instead of the one in the project',
  },
  {
    name: 'default-file',
    about: 'without a wercker.yml, run the one that `slipway init` would write',
  },
  { name: 'ignore-file', value: 'FILE', about: 'what is not copied into the box (default: .werckerignore)' },
  { name: 'source-dir', value: 'DIR', default: '', about: 'folder of the source where steps start' },
  {
    name: 'no-response-timeout',
    value: 'MINUTES',
    default: '5',
    about: 'end a step that prints nothing for so long',
  },
  { name: 'command-timeout', value: 'MINUTES', default: '25', about: 'end a step that runs for so long' },
];
