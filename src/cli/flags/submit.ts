import type { Flag } from '../flag.ts';
import { CONFIG } from './config.ts';
import { GIT, IDENTITY } from './identity.ts';
import { LOCAL_PATHS } from './paths.ts';
import { QUEUE_ADDRESS, TASK_FACTS } from './task.ts';

/** What a worker's run is asked for otherwise, or of no use there. */
const NOT_HERE: ReadonlySet<string> = new Set(['run-id', 'build-id', 'deploy-id', 'local-file-store']);

const AS_IN_BUILDS: readonly Flag[] = [...IDENTITY, ...GIT, ...CONFIG, ...LOCAL_PATHS].filter(
  ({ name }) => !NOT_HERE.has(name),
);

const RUN: readonly Flag[] = [
  {
    name: 'kind',
    value: 'KIND',
    choices: ['build', 'deploy'],
    about: 'which environment the run has (default: deploy for the pipeline deploy, else build)',
  },
  { name: 'artifacts', on: true, about: 'keep what the pipeline wrote to $WERCKER_OUTPUT_DIR' },
  { name: 'artifact-limit', value: 'MIB', default: '5000', about: 'how large the artifacts may be' },
  { name: 'cache-limit', value: 'MIB', default: '1000', about: 'how large the cache may be' },
  {
    name: 'pipeline-cache',
    on: true,
    about: 'take $WERCKER_CACHE_DIR from the run before, wherever that was, and leave it for the next one',
  },
  {
    name: 'pull',
    value: 'POLICY',
    choices: ['missing', 'always', 'never'],
    default: 'missing',
    about: 'when the worker pulls images; never needs its operator’s permission',
  },
  {
    name: 'max-run-time',
    value: 'TIME',
    about: 'how long all of it may take on the worker: 90s, 30m, 12h (default: 1h)',
  },
  {
    name: 'private',
    about:
      'log and artifacts are not for everybody who reaches the queue: queue:get-artifact:private/… is needed',
  },
  {
    name: 'encrypt-key',
    value: 'FILE',
    variable: 'SLIPWAY_WORKER_KEY',
    about:
      'public OpenPGP key of the workers: secrets (XXX_ variables) are sent so that they alone can read them',
  },
];

const HERE: readonly Flag[] = [
  { name: 'follow', on: true, about: 'show the log while it goes on, and end as the run does' },
  { name: 'fetch', on: true, about: 'fetch the output of a run that passed' },
  {
    name: 'to',
    value: 'DIR',
    about: 'where output.tar and output/ are put (default: where `slipway build --artifacts` leaves them)',
  },
];

export const SUBMIT_BUILD_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  ...TASK_FACTS,
  ...AS_IN_BUILDS,
  ...RUN,
  ...HERE,
];
