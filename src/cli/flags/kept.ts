import type { Flag } from '../flag.ts';
import { LOCAL_PATHS } from './paths.ts';
import { STORE } from './store.ts';

/** What is shown of a store's flags where they say which one is meant; `build --help` shows the others. */
const NAMED: Readonly<Record<string, Partial<Flag>>> = {
  'store-s3': {
    about:
      "look into a bucket of the S3 API instead of this machine's stores; build --help has its other flags",
  },
  's3-bucket': {},
  'store-oci': { about: 'the same with a bucket of OCI Object Storage' },
  'oci-bucket': {},
};

/** Another store than those of this machine. */
export const OTHER_STORE: readonly Flag[] = [
  ...STORE.map((flag) => ({ ...flag, ...(NAMED[flag.name] ?? { hidden: true }) })),
  ...LOCAL_PATHS.filter(({ name }) => name === 'local-file-store'),
];

export const RUNS_FLAGS: readonly Flag[] = [
  { name: 'application', value: 'ID', about: 'only runs of this application, by id or name' },
  { name: 'pipeline', value: 'NAME', about: 'only runs of this pipeline' },
  {
    name: 'result',
    value: 'RESULT',
    choices: ['passed', 'failed', 'interrupted', 'running', 'lost'],
    about: 'only runs that ended so; lost: its process is gone and never said how',
  },
  { name: 'limit', value: 'N', default: '20', about: 'how many to list at most' },
  { name: 'since', value: 'TIME', about: 'only runs that started so long ago or later: 90m, 12h, 7d' },
  ...OTHER_STORE,
];

export const RUNS_LOG_FLAGS: readonly Flag[] = [{ name: 'follow', about: 'go on until the run has ended' }];

export const RUNS_REMOVE_FLAGS: readonly Flag[] = [
  { name: 'yes', short: 'y', about: 'do not ask' },
  { name: 'force', about: 'also a run that is kept, or that goes on' },
  ...OTHER_STORE,
];

export const ARTIFACTS_LIST_FLAGS: readonly Flag[] = [
  { name: 'long', short: 'l', about: 'with mode, size and digest' },
  ...OTHER_STORE,
];

/** The rules; each is a field of the configuration, so none has a default of its own. */
export const RETENTION: readonly Flag[] = [
  { name: 'keep-days', value: 'N', about: "days that runs stay (default: the configuration's, else 30)" },
  { name: 'keep-failed-days', value: 'N', about: 'the same for runs that did not pass' },
  {
    name: 'keep-runs',
    value: 'N',
    about: "how many runs of each application stay (default: the configuration's, else 100)",
  },
  { name: 'max-bytes', value: 'SIZE', about: 'what all artifacts together may take: 500 MB, 20 GiB' },
];

export const GC_FLAGS: readonly Flag[] = [
  { name: 'dry-run', short: 'n', about: 'only say what would go, and why' },
  { name: 'application', value: 'ID', about: 'only what belongs to this application' },
  ...RETENTION,
  ...OTHER_STORE,
];
