import type { Flag } from '../flag.ts';
import { DOCKER } from './docker.ts';
import { LOCAL_PATHS } from './paths.ts';

/** Flags of the commands that run no pipeline. */
export const VERSION_FLAGS: readonly Flag[] = [
  { name: 'json', about: 'print an object as the original does' },
  { name: 'beta', hidden: true, about: 'ignored: no update is ever looked for' },
  { name: 'no-update-check', hidden: true, about: 'ignored: no update is ever looked for' },
];

const ENGINE = DOCKER.filter(({ name }) => /^docker-(host|tls|cert)/.test(name));

export const CLEAN_FLAGS: readonly Flag[] = [
  ...ENGINE,
  {
    name: 'working-dir',
    value: 'DIR',
    default: './.wercker',
    variable: 'WERCKER_WORKING_DIR',
    about: 'working folder to clean',
  },
  { name: 'all', about: 'also runs that were kept, that another host made, or that still go on' },
];

const WORKING_DIR = LOCAL_PATHS.filter(({ name }) => name === 'working-dir');
const STATE: Flag = { name: 'state', value: 'RUN', about: 'the run whose state it is (default: the newest)' };

export const STATES_FLAGS: readonly Flag[] = [...ENGINE, ...WORKING_DIR];

export const HOLD_FLAGS: readonly Flag[] = [...ENGINE, ...WORKING_DIR];

export const SHELL_FLAGS: readonly Flag[] = [
  ...ENGINE,
  ...WORKING_DIR,
  { name: 'at', value: 'STEP', about: 'the state that this step left; start: before the first' },
  STATE,
  { name: 'command', short: 'c', value: 'COMMAND', about: 'run this instead of a shell for a person' },
];

export const DIFF_FLAGS: readonly Flag[] = [
  ...ENGINE,
  ...WORKING_DIR,
  { name: 'content', value: 'FILE', repeat: true, about: 'show what changed in this file of the box' },
];

export const INIT_FLAGS: readonly Flag[] = [
  { name: 'kind', value: 'KIND', about: 'kind of project instead of the detected one' },
  { name: 'force', short: 'f', about: 'replace the file that is there' },
];

export const PASS_ON_FLAGS: readonly Flag[] = DOCKER.filter(
  ({ name }) => name === 'wercker-container-registry',
);

export const PULL_FLAGS: readonly Flag[] = [
  ...ENGINE,
  { name: 'branch', value: 'NAME', hidden: true, about: 'ignored' },
  { name: 'result', value: 'RESULT', hidden: true, about: 'ignored' },
  { name: 'output', value: 'FILE', hidden: true, about: 'ignored' },
  { name: 'load', hidden: true, about: 'ignored' },
  { name: 'force', short: 'f', hidden: true, about: 'ignored' },
];

export const PUBLISH_FLAGS: readonly Flag[] = [
  { name: 'owner', value: 'NAME', about: "owner of the step instead of the token's" },
  { name: 'private', about: 'only those with a token of the owner may use it' },
];

export const SERVE_FLAGS: readonly Flag[] = [
  { name: 'port', value: 'PORT', default: '8081', about: 'port to listen on; 0 takes any' },
  { name: 'host', value: 'ADDRESS', default: '127.0.0.1', about: 'address to listen on' },
  {
    name: 'folder',
    value: 'DIR',
    default: '~/.slipway/step-registry',
    about: 'folder that the steps are kept in',
  },
  {
    name: 'token',
    value: 'TOKEN',
    variable: 'SLIPWAY_STEP_REGISTRY_TOKEN',
    about: 'token that may publish for every owner; without it one is made and kept in the folder',
  },
  { name: 'tokens', value: 'FILE', about: 'more tokens, one "OWNER TOKEN" a line' },
  { name: 'public-url', value: 'URL', about: 'address in what it answers, behind a proxy' },
];
