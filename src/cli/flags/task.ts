import type { Flag } from '../flag.ts';

/** Which queue. Who asks comes from the environment: `TASKCLUSTER_CLIENT_ID`, `TASKCLUSTER_ACCESS_TOKEN`. */
export const QUEUE_ADDRESS: readonly Flag[] = [
  {
    name: 'root-url',
    value: 'URL',
    variable: 'TASKCLUSTER_ROOT_URL',
    default: 'http://127.0.0.1:8080',
    about: 'where the queue is; TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN sign what is asked',
  },
];

const RUN: Flag = { name: 'run', value: 'N', about: 'run of the task, from 0 (default: its last one)' };

/** What a task is for other people, and for the queue. */
export const TASK_FACTS: readonly Flag[] = [
  { name: 'queue', value: 'QUEUE', about: 'PROVISIONER/TYPE of the workers (default: local/docker)' },
  {
    name: 'priority',
    value: 'PRIORITY',
    choices: ['highest', 'very-high', 'high', 'medium', 'low', 'very-low', 'lowest'],
    about: 'which of the pending tasks are claimed first (default: lowest)',
  },
  {
    name: 'retries',
    value: 'N',
    about: 'how often it is run again when a worker is lost, 0 to 49 (default: 5)',
  },
  { name: 'deadline', value: 'TIME', about: 'when it has to have ended, from now (default: 1d)' },
  {
    name: 'expires',
    value: 'TIME',
    about: 'when it is forgotten with its artifacts, from now (default: 30d)',
  },
  { name: 'name', value: 'TEXT', about: 'what people call it' },
  { name: 'description', value: 'TEXT', about: 'what it is for' },
  { name: 'owner', value: 'TEXT', about: 'whose it is (default: USER at this machine)' },
  { name: 'source', value: 'URL', about: 'where its definition comes from' },
  {
    name: 'project-id',
    value: 'ID',
    about: 'project that it belongs to (default: none; of `submit build`: the application)',
  },
  { name: 'scheduler-id', value: 'ID', about: 'who schedules the tasks of its group' },
  { name: 'group', value: 'TASK', about: 'task group (default: one of its own)' },
];

export const TASK_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];

export const TASK_CREATE_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  { name: 'image', value: 'IMAGE', about: 'image of the container; what follows is its command' },
  { name: 'env', value: 'NAME=VALUE', repeat: true, about: 'variable of the container' },
  {
    name: 'artifact',
    value: 'NAME=PATH',
    repeat: true,
    about: 'file to keep; a folder where PATH ends in /',
  },
  {
    name: 'cache',
    value: 'NAME=PATH',
    repeat: true,
    about: 'folder that stays on the worker for later tasks',
  },
  { name: 'feature', value: 'NAME', repeat: true, about: 'feature of the worker to use' },
  { name: 'max-run-time', value: 'TIME', about: 'how long the container may run (default: 1h)' },
  { name: 'payload', value: 'FILE', about: 'payload in JSON or YAML, in place of --image' },
  ...TASK_FACTS,
  { name: 'depends', value: 'TASK', repeat: true, about: 'task that has to end before this one starts' },
  {
    name: 'requires',
    value: 'WHAT',
    choices: ['all-completed', 'all-resolved'],
    about: 'how those have to end (default: all-completed)',
  },
  { name: 'scope', value: 'SCOPE', repeat: true, about: 'what the task may' },
  { name: 'route', value: 'ROUTE', repeat: true, about: 'where its end is announced: index.NAMESPACE' },
  { name: 'id', value: 'TASK', about: 'its id: creating it again changes nothing (default: a new one)' },
  { name: 'provisioner-id', value: 'ID', hidden: true, about: 'first half of --queue' },
  { name: 'worker-type', value: 'ID', hidden: true, about: 'second half of --queue' },
  { name: 'follow', about: 'print its log, and end as it does' },
  { name: 'wait', about: 'end as it does' },
];

export const TASK_STATUS_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  { name: 'wait', about: 'until it has ended; the exit code says how' },
];

export const TASK_SHELL_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS, RUN];

export const TASK_LOG_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  RUN,
  { name: 'follow', on: true, about: 'go on while the task does' },
];

export const TASK_ARTIFACTS_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  RUN,
  {
    name: 'to',
    value: 'DIR',
    about: 'folder that they are fetched to, by their names (default: the current one)',
  },
  { name: 'all', about: 'fetch all of them' },
  { name: 'force', about: 'replace files that are there' },
];

export const TASK_LIST_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  {
    name: 'state',
    value: 'STATE',
    choices: ['unscheduled', 'pending', 'running', 'completed', 'failed', 'exception'],
    about: 'only those in it',
  },
  { name: 'queue', value: 'QUEUE', about: 'only those of PROVISIONER/TYPE' },
  { name: 'group', value: 'TASK', about: 'only those of a group' },
  { name: 'limit', value: 'N', default: '50', about: 'how many at most' },
];

export const USAGE_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  { name: 'from', value: 'DAY', about: 'first day, in UTC: 2026-11-01 (default: thirty days back)' },
  { name: 'to', value: 'DAY', about: 'last day (default: today)' },
];
