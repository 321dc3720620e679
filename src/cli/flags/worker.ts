import type { Flag } from '../flag.ts';
import { DOCKER } from './docker.ts';
import { QUEUE_ADDRESS } from './task.ts';

const CAPACITY: Flag = {
  name: 'capacity',
  short: 'c',
  value: 'N',
  about: 'tasks that run at once (default: 1, or what --memory gives)',
};

/** Who the worker is. What is absent is asked of the EC2 metadata service, where there is one. */
const IDENTITY: readonly Flag[] = [
  { name: 'queue', value: 'PROVISIONER/TYPE', about: 'queue that it serves, such as local/docker' },
  { name: 'provisioner-id', value: 'ID', about: 'first half of --queue' },
  { name: 'worker-type', value: 'TYPE', about: "second half of --queue (default on EC2: the machine's AMI)" },
  { name: 'worker-group', value: 'GROUP', about: 'data centre or region (default on EC2: the zone)' },
  { name: 'worker-id', value: 'ID', about: 'its own name within the group (default on EC2: the instance)' },
  { name: 'worker-node-type', value: 'TEXT', about: 'what kind of machine it is, for logs and tasks' },
];

const HOST: Flag = {
  name: 'host',
  value: 'TYPE',
  choices: ['test', 'aws', 'worker-runner', 'packet'],
  about: 'where the machine says who it is: variables, EC2 metadata, or the parent process',
};

/** What the early form had beside them. */
const EARLY: readonly Flag[] = [
  {
    name: 'memory',
    short: 'm',
    value: 'BYTES',
    about:
      'memory that a task is assumed to need: with it, the capacity is what the free memory is enough for',
  },
  {
    name: 'interval',
    short: 'i',
    value: 'MS',
    hidden: true,
    about: 'accepted; tasks are claimed as soon as there is room',
  },
  {
    name: 'shutdown',
    short: 's',
    about:
      'stop when there was nothing to do for long enough, and then power the machine off: shutdown -h now',
  },
];

/** What is new. */
const OWN: readonly Flag[] = [
  {
    name: 'config',
    value: 'FILE',
    variable: 'SLIPWAY_WORKER_CONFIG',
    about: "the worker's own file (YAML): a section defaults, and one for each profile",
  },
  {
    name: 'health-port',
    value: 'PORT',
    about: 'serve /healthz and /metrics at this port; 0 takes any',
  },
  { name: 'health-host', value: 'ADDRESS', default: '127.0.0.1', about: 'address for --health-port' },
  {
    name: 'work-dir',
    value: 'DIR',
    about: 'folder for runs and caches, whose disk is measured (default: worker in the data folder)',
  },
  {
    name: 'idle-shutdown',
    value: 'TIME',
    about: 'stop when there was nothing to do for so long: 90s, 10m, 2h',
  },
  {
    name: 'pipeline-allow',
    value: 'WHAT',
    repeat: true,
    choices: ['file-steps', 'volumes', 'local-images', 'docker'],
    about: 'what pipelines may use of this machine; each of them is as good as a login',
  },
  {
    name: 'store-path',
    value: 'DIR',
    about: 'keep the outputs of pipelines in this folder too, where runner-download finds them',
  },
  { name: 'store-oci', about: 'the same in OCI Object Storage, by the variables WERCKER_OCI_…' },
  {
    name: 'download-url',
    value: 'URL',
    about: 'where runner-download serves that store: logs of pipelines say the address of each output',
  },
  {
    name: 'max-tasks',
    value: 'N',
    about: 'stop when so many tasks were run: 1 for a machine that is made for one task',
  },
  {
    name: 'shutdown-command',
    value: 'COMMAND',
    about: 'run this when it has stopped by itself; words between spaces, no shell',
  },
  {
    name: 'spot',
    about: 'ask the EC2 metadata service whether the machine is going to be taken away',
  },
];

/** For who starts a worker beside something else: `slipway server --with-worker`. */
const PARENT: readonly Flag[] = [
  {
    name: 'public-url',
    value: 'URL',
    about: 'how others call the queue, for addresses that are given to them (default: as --root-url)',
  },
  {
    name: 'parent',
    hidden: true,
    about: 'a parent speaks on standard input, as worker-runner does; the worker ends with it',
  },
];

const ENGINE = DOCKER.filter(({ name }) => /^docker-(host|tls|cert)/.test(name));

const PROFILE: Flag = { name: 'profile', value: 'NAME', about: 'section of --config beside defaults' };

/** `docker-worker [options] PROFILE`: the options of both forms, and what is new. */
export const DOCKER_WORKER_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  ...IDENTITY,
  CAPACITY,
  HOST,
  ...EARLY,
  ...OWN,
  ...PARENT,
  ...ENGINE,
];

/** `slipway worker start`, and `docker-worker start` as it was in 2014. */
export const WORKER_FLAGS: readonly Flag[] = [...DOCKER_WORKER_FLAGS, PROFILE];
