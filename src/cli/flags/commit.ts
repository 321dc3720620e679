import type { Flag } from '../flag.ts';

export const COMMIT: readonly Flag[] = [
  { name: 'commit', value: 'REPOSITORY', about: 'make an image of the box at the end' },
  {
    name: 'tag',
    value: 'TAG',
    variable: 'WERCKER_GIT_BRANCH',
    about: 'tag of that image instead of the branch',
  },
  { name: 'message', value: 'TEXT', about: 'message of that image' },
];
