import type { Flag } from '../flag.ts';

export const IDENTITY: readonly Flag[] = [
  {
    name: 'pipeline',
    value: 'NAME',
    variable: 'WERCKER_PIPELINE',
    about: 'pipeline to run instead of the one named like the command',
  },
  {
    name: 'deploy-target',
    value: 'NAME',
    variable: 'WERCKER_DEPLOYTARGET_NAME',
    about: "run the pipeline's steps of this name instead of `steps`",
  },
  { name: 'build-id', value: 'ID', variable: 'WERCKER_BUILD_ID', hidden: true, about: 'ignored' },
  { name: 'deploy-id', value: 'ID', variable: 'WERCKER_DEPLOY_ID', hidden: true, about: 'ignored' },
  {
    name: 'run-id',
    value: 'ID',
    variable: 'WERCKER_DEPLOY_ID',
    hidden: true,
    about: 'name of the run instead of a fresh one',
  },
  {
    name: 'application-id',
    value: 'ID',
    variable: 'WERCKER_APPLICATION_ID',
    hidden: true,
    about: 'project in artifact keys',
  },
  {
    name: 'application-name',
    value: 'NAME',
    variable: 'WERCKER_APPLICATION_NAME',
    hidden: true,
    about: "project's name instead of its folder's",
  },
  {
    name: 'application-owner-name',
    value: 'NAME',
    variable: 'WERCKER_APPLICATION_OWNER_NAME',
    hidden: true,
    about: "owner's name instead of the user's",
  },
  {
    name: 'application-started-by-name',
    value: 'NAME',
    variable: 'WERCKER_APPLICATION_STARTED_BY_NAME',
    hidden: true,
    about: 'who started the run',
  },
];

export const GIT: readonly Flag[] = (
  ['domain', 'owner', 'repository', 'branch', 'tag', 'commit'] as const
).map((fact) => ({
  name: `git-${fact}`,
  value: 'TEXT',
  variable: `WERCKER_GIT_${fact.toUpperCase()}`,
  hidden: true,
  about: `git ${fact} instead of what git says`,
}));
