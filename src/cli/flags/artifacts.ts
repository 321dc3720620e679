import type { Flag } from '../flag.ts';

export const ARTIFACTS: readonly Flag[] = [
  { name: 'artifacts', about: 'keep what the pipeline wrote to $WERCKER_OUTPUT_DIR' },
  { name: 'artifact-limit', value: 'MIB', default: '5000', about: 'how large the artifacts may be' },
  {
    name: 'artifact-expires',
    value: 'TIME',
    about: 'how long stored artifacts stay, such as 12h or 30d (default: until a rule of `gc` takes them)',
  },
  {
    name: 'gc',
    on: true,
    about: 'apply the retention rules to the data folder after a run that stored artifacts; --no-gc: not now',
  },
  { name: 'cache-limit', value: 'MIB', default: '1000', about: 'how large the cache may be' },
  { name: 'no-remove', about: 'leave containers and network behind' },
];
