import type { Flag } from '../flag.ts';
import { DOCKER } from './docker.ts';
import { QUEUE_ADDRESS } from './task.ts';

const NAME: Flag = {
  name: 'name',
  value: 'NAME',
  about: "what the runners are called, with _0, _1, … (default: the machine's name)",
};

const SELECTION: readonly Flag[] = [
  { name: 'orgs', value: 'NAMES', hidden: true, about: 'organisations of the service that is gone' },
  { name: 'apps', value: 'NAMES', hidden: true, about: 'applications of the service that is gone' },
  { name: 'workflows', value: 'NAMES', hidden: true, about: 'workflows of the service that is gone' },
  { name: 'all', about: 'take every pipeline of the queue' },
];

/** What chose the image of a runner; a worker is part of this program. */
const IMAGE: readonly Flag[] = [
  { name: 'image-name', value: 'NAME', hidden: true, about: 'image of the original runner' },
  { name: 'using', value: 'WHICH', hidden: true, choices: ['prod', 'dev'], about: 'which of them' },
];

export const RUNNER_FLAGS: readonly Flag[] = [NAME, ...IMAGE];

export const RUNNER_START_FLAGS: readonly Flag[] = [
  NAME,
  { name: 'group', value: 'GROUP', about: 'worker group that they belong to (default: runners)' },
  { name: 'runners', value: 'N', default: '1', about: 'how many to start' },
  {
    name: 'storepath',
    value: 'DIR',
    variable: 'WERCKER_RUNNER_STOREPATH',
    about: 'where the outputs of pipelines go (default: wercker in the folder for temporary files)',
  },
  { name: 'store-oci', about: 'put the outputs into OCI Object Storage, as the WERCKER_OCI_ variables say' },
  { name: 'logpath', value: 'DIR', about: 'append what each runner says to DIR/NAME.log' },
  {
    name: 'oci-download',
    value: 'URL',
    about: 'where the download service answers: the log of a pipeline then says where its output is',
  },
  {
    name: 'token',
    value: 'TOKEN',
    variable: 'WERCKER_RUNNER_TOKEN',
    about: 'access token of the runners at the queue; better set the variable: flags can be seen in ps',
  },
  {
    name: 'queue',
    value: 'QUEUE',
    default: 'local/docker',
    about: 'PROVISIONER/TYPE of the tasks that they take',
  },
  { name: 'capacity', value: 'N', default: '1', about: 'tasks that each runner runs at once' },
  { name: 'nowait', about: 'leave them running, and end' },
  {
    name: 'poll-frequency',
    value: 'SECONDS',
    default: '5',
    hidden: true,
    about: 'ignored: the queue wakes them',
  },
  ...SELECTION,
  ...IMAGE,
  ...QUEUE_ADDRESS,
];

const ENGINE = DOCKER.filter(({ name }) => /^docker-(host|tls|cert)/.test(name));

export const RUNNER_CONFIGURE_FLAGS: readonly Flag[] = [
  ...ENGINE,
  { name: 'pull', about: 'ignored: a runner has no image of its own any more' },
  ...RUNNER_FLAGS,
  ...QUEUE_ADDRESS,
];
