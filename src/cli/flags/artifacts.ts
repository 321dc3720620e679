import type { Flag } from '../flag.ts';

export const ARTIFACTS: readonly Flag[] = [
  { name: 'artifacts', about: 'keep what the pipeline wrote to $WERCKER_OUTPUT_DIR' },
  { name: 'artifact-limit', value: 'MIB', default: '5000', about: 'how large the artifacts may be' },
  { name: 'cache-limit', value: 'MIB', default: '1000', about: 'how large the cache may be' },
  { name: 'no-remove', about: 'leave containers and network behind' },
];
