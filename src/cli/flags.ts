import type { Flag } from './flag.ts';
import { ARTIFACTS } from './flags/artifacts.ts';
import { CACHED, NOT_CACHED } from './flags/cached.ts';
import { COMMIT } from './flags/commit.ts';
import { CONFIG } from './flags/config.ts';
import { DOCKER } from './flags/docker.ts';
import { GIT, IDENTITY } from './flags/identity.ts';
import { INHERITED, INHERITED_BY_BUILDS } from './flags/inherited.ts';
import { OUTPUTS } from './flags/outputs.ts';
import { LOCAL_PATHS } from './flags/paths.ts';
import { BUILD_ONLY, DEPLOY_ONLY, RUN } from './flags/run.ts';
import { STATES } from './flags/states.ts';
import { STORE } from './flags/store.ts';
import { OF_ONE_RUN, WORKFLOW } from './flags/workflow.ts';

export * from './flags/cache.ts';
export * from './flags/download-server.ts';
export * from './flags/get.ts';
export { GLOBAL_FLAGS } from './flags/global.ts';
export * from './flags/kept.ts';
export * from './flags/link.ts';
export { SERVER_FLAGS } from './flags/server.ts';
export { SETTINGS_FLAGS } from './flags/settings.ts';
export * from './flags/small.ts';

const SHARED = [
  ...LOCAL_PATHS,
  ...IDENTITY,
  ...DOCKER,
  ...RUN,
  ...STATES,
  ...GIT,
  ...COMMIT,
  ...ARTIFACTS,
  ...STORE,
  ...OUTPUTS,
  ...CONFIG,
  ...INHERITED,
];

export const DEPLOY_FLAGS: readonly Flag[] = [...SHARED, ...DEPLOY_ONLY, ...NOT_CACHED];
export const BUILD_FLAGS: readonly Flag[] = [...SHARED, ...CACHED, ...BUILD_ONLY, ...INHERITED_BY_BUILDS];

/** As for a build, but the project itself is in the box, and workflows have no part in it. */
export const DEV_FLAGS: readonly Flag[] = [...SHARED, ...BUILD_ONLY, ...NOT_CACHED].map((flag) =>
  flag.name === 'direct-mount' ? { ...flag, on: true } : flag,
);

const RUN_OUTPUTS: ReadonlySet<string> = new Set([...OUTPUTS, ...CACHED].map(({ name }) => name));

const withoutRepeats = (flags: readonly Flag[]): Flag[] => [
  ...new Map(flags.map((flag) => [flag.name, flag])).values(),
];

const OF_WHAT_COMES: ReadonlySet<string> = new Set(
  [...ARTIFACTS, ...STORE, ...OUTPUTS, ...CACHED, ...COMMIT, ...STATES].map(({ name }) => name),
);

/** All of a build's, so that its line can be asked about; help has those that decide the key. */
export const CACHE_WHY_FLAGS: readonly Flag[] = BUILD_FLAGS.map((flag) =>
  OF_WHAT_COMES.has(flag.name) ? { ...flag, hidden: true } : flag,
);

/** As for a run, without what is told of one. */
export const PLAN_FLAGS: readonly Flag[] = [
  ...withoutRepeats([...BUILD_FLAGS, ...DEPLOY_FLAGS]).filter(
    ({ name }) => name === 'ci' || !RUN_OUTPUTS.has(name),
  ),
  {
    name: 'kind',
    value: 'KIND',
    choices: ['build', 'deploy'],
    about: 'which environment the run has (default: deploy for the pipeline deploy, else build)',
  },
];

/** As for a deploy, but what is told of one run alone is refused, and so not in help. */
export const WORKFLOW_FLAGS: readonly Flag[] = [...DEPLOY_FLAGS, ...BUILD_ONLY, ...WORKFLOW].map((flag) =>
  OF_ONE_RUN.includes(flag.name) ? { ...flag, hidden: true } : flag,
);
