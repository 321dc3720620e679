import type { Flag } from '../flag.ts';

export const COMMIT: readonly Flag[] = [
  { name: 'commit', value: 'REPOSITORY', about: 'make an image of the box at the end' },
  {
    name: 'tag',
    value: 'TAG',
    variable: 'WERCKER_GIT_BRANCH',
    about: 'tag of that image instead of the branch',
  },
  {
    name: 'commit-tags',
    value: 'LIST',
    about: 'more tags of that image, by commas: id (of the run), latest, outcome (passed or failed)',
  },
  {
    name: 'keep-images',
    value: 'DAYS',
    about: 'remove what earlier runs committed to the same repository longer ago',
  },
  { name: 'message', value: 'TEXT', about: 'message of that image' },
];
