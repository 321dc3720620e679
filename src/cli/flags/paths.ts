import type { Flag } from '../flag.ts';

export const LOCAL_PATHS: readonly Flag[] = [
  {
    name: 'working-dir',
    value: 'DIR',
    default: './.wercker',
    variable: 'WERCKER_WORKING_DIR',
    about: 'folder for runs, caches and downloaded steps',
  },
  {
    name: 'local-file-store',
    value: 'DIR',
    hidden: true,
    about: 'folder that takes the artifacts with --store-s3',
  },
];
