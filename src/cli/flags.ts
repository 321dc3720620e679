import type { Flag } from './flag.ts';
import { ARTIFACTS } from './flags/artifacts.ts';
import { COMMIT } from './flags/commit.ts';
import { CONFIG } from './flags/config.ts';
import { DOCKER } from './flags/docker.ts';
import { GIT, IDENTITY } from './flags/identity.ts';
import { LOCAL_PATHS } from './flags/paths.ts';
import { BUILD_ONLY, RUN } from './flags/run.ts';

export { GLOBAL_FLAGS } from './flags/global.ts';

const SHARED = [...LOCAL_PATHS, ...IDENTITY, ...DOCKER, ...RUN, ...GIT, ...COMMIT, ...ARTIFACTS, ...CONFIG];

export const DEPLOY_FLAGS: readonly Flag[] = SHARED;
export const BUILD_FLAGS: readonly Flag[] = [...SHARED, ...BUILD_ONLY];
export const CLEAN_FLAGS: readonly Flag[] = [
  ...DOCKER.filter(({ name }) => /^docker-(host|tls|cert)/.test(name)),
  {
    name: 'working-dir',
    value: 'DIR',
    default: './.wercker',
    variable: 'WERCKER_WORKING_DIR',
    about: 'working folder to clean',
  },
  { name: 'all', about: 'also runs that were kept, that another host made, or that still go on' },
];
