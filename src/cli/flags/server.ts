import type { Flag } from '../flag.ts';
import { DOCKER } from './docker.ts';
import { DOWNLOAD_SERVER_FLAGS } from './download-server.ts';

export const REPOSITORY: Flag = {
  name: 'repository',
  value: 'DIR',
  about: "repository of the artifact cache (default: this machine's own, in the data folder)",
};

const QUEUE: readonly Flag[] = [
  { name: 'tasks', on: true, about: 'have a queue of tasks' },
  {
    name: 'database-url',
    value: 'URL',
    variable: 'DATABASE_URL',
    about:
      'PostgreSQL database of the queue, which several servers may share (default: a file in the data folder)',
  },
  {
    name: 'clients',
    value: 'FILE',
    variable: 'SLIPWAY_CLIENTS',
    about:
      'who may call: clients with their tokens, roles and scopes, in YAML or JSON (default: clients.yml in the data folder, made at the first start)',
  },
  {
    name: 'open',
    about:
      'let whoever does not sign do everything (default: on an address of this machine alone, without --clients)',
  },
  {
    name: 'root-url',
    value: 'URL',
    variable: 'SLIPWAY_ROOT_URL',
    about: 'how clients call this server (default: as each one does)',
  },
  {
    name: 'trust-proxy',
    about: 'believe X-Forwarded-…: a proxy is before this server, and nobody can pass it by',
  },
  {
    name: 'claim-timeout',
    value: 'TIME',
    default: '20m',
    about: 'how long a worker may be silent before its task is given to another one: 90s, 20m',
  },
];

const WORKER: readonly Flag[] = [
  {
    name: 'with-worker',
    about: 'run tasks on this machine too: a worker that starts and ends with the server',
  },
  {
    name: 'worker-queue',
    value: 'PROVISIONER/TYPE',
    default: 'local/docker',
    about: 'queue that this worker serves',
  },
  { name: 'worker-capacity', value: 'N', default: '1', about: 'tasks that this worker runs at once' },
];

const BUILDER: readonly Flag[] = [
  {
    name: 'builder',
    value: 'BACKEND',
    variable: 'SLIPWAY_BUILDER',
    choices: ['docker', 'kubernetes', 'off'],
    default: 'docker',
    about: 'what builds runtime images',
  },
  {
    name: 'build-users',
    value: 'FILE',
    variable: 'SLIPWAY_BUILD_USERS',
    about: 'who may build images: logins with their tokens, in YAML or JSON',
  },
  {
    name: 'couchdb-url',
    value: 'URL',
    variable: 'COUCHDB_URL',
    about:
      'CouchDB of OpenServerless with the users who may build (default: COUCHDB_SERVICE_HOST, where it is set)',
  },
  {
    name: 'couchdb-prefix',
    value: 'TEXT',
    variable: 'COUCHDB_PREFIX',
    default: 'nuvolaris_',
    about: 'what the names of its databases begin with',
  },
  {
    name: 'couchdb-ca',
    value: 'FILE',
    about: 'certificates (PEM) that it is trusted by, beside the usual ones',
  },
  {
    name: 'registry-host',
    value: 'HOST',
    variable: 'REGISTRY_HOST',
    about:
      'registry that images are pushed to; REGISTRY_USER and REGISTRY_PASS log in (default: what users set)',
  },
  {
    name: 'registry-push-host',
    value: 'HOST',
    variable: 'REGISTRY_PUSH_HOST',
    about: 'where builds reach that registry, where it has another name there',
  },
  {
    name: 'registry-pull-host',
    value: 'HOST',
    variable: 'REGISTRY_PULL_HOST',
    about: 'where images are pulled from, where it has another name there',
  },
  {
    name: 'registry-plain-http',
    value: 'HOST',
    repeat: true,
    about:
      'registry that is asked over plain HTTP; may be given several times (default: those of this machine)',
  },
  {
    name: 'build-secrets',
    value: 'DIR',
    about:
      'logins of registries that users may name as REGISTRY_SECRET: USER/NAME.json, all/NAME.json (docker)',
  },
  {
    name: 'build-source',
    value: 'IMAGE',
    repeat: true,
    about:
      'image that may be extended, with a star at its end all that begin so; may be given several times (default: every image)',
  },
  {
    name: 'build-catalog',
    value: 'FILE',
    variable: 'BUILDER_CATALOG_FILE',
    about: 'images for `ensure`, in JSON (default: BUILDER_CATALOG_JSON)',
  },
  { name: 'build-slots', value: 'N', default: '2', about: 'builds at the same time' },
  {
    name: 'build-max-running',
    value: 'N',
    default: '2',
    about: 'builds of one user at the same time, over all servers',
  },
  {
    name: 'build-max-queued',
    value: 'N',
    default: '100',
    about: 'builds of one user that wait; more are refused',
  },
  { name: 'build-time-limit', value: 'TIME', default: '30m', about: 'how long a build may take' },
  { name: 'build-idle-limit', value: 'TIME', default: '10m', about: 'how long a build may print nothing' },
  {
    name: 'build-cache-size',
    value: 'SIZE',
    default: '10GiB',
    about: 'what builds may leave in the cache of the engine (docker)',
  },
  {
    name: 'build-keep-size',
    value: 'SIZE',
    default: '20GiB',
    about: 'what images may take that the engine keeps for later builds (docker)',
  },
  {
    name: 'build-ca',
    value: 'FILE',
    about: 'certificates (PEM) that builds trust, beside those of their image',
  },
  {
    name: 'build-key',
    value: 'FILE',
    about:
      'keys of statements about images (PEM, ECDSA on P-256): the first signs, the others are told (default: one that all servers of a database share)',
  },
  {
    name: 'build-network',
    value: 'NETWORK',
    choices: ['default', 'none', 'proxy'],
    default: 'default',
    about: 'what builds may reach; proxy: web servers alone, by this server (docker)',
  },
  {
    name: 'build-reach',
    value: 'HOST',
    repeat: true,
    about:
      'where builds may go with --build-network proxy: HOST, HOST:PORT or *.HOST; may be given several times (default: the internet, at ports 80 and 443)',
  },
  {
    name: 'build-namespace',
    value: 'NAME',
    default: 'nuvolaris',
    about: 'namespace of builds (kubernetes)',
  },
  {
    name: 'build-cache',
    value: 'WHERE',
    choices: ['none', 'registry'],
    default: 'none',
    about: 'whether layers of builds are kept in the registry (kubernetes)',
  },
  {
    name: 'build-pod',
    value: 'FILE',
    about: 'what pods of builds get, and where they run, in YAML (kubernetes)',
  },
  {
    name: 'buildkit-image',
    value: 'IMAGE',
    variable: 'BUILDKIT_IMAGE',
    default: 'moby/buildkit:v0.30.0-rootless',
    about: 'what builds run in (kubernetes)',
  },
  {
    name: 'strict-user-check',
    on: true,
    about: "refuse targets that are not the caller's own (STRICT_USER_CHECK)",
  },
];

/** `slipway server`: as for downloads, with the artifact cache and the queue, and a port of its own. */
export const SERVER_FLAGS: readonly Flag[] = [
  REPOSITORY,
  ...DOWNLOAD_SERVER_FLAGS.map((flag) => (flag.name === 'port' ? { ...flag, default: '8080' } : flag)),
  ...QUEUE,
  ...WORKER,
  ...BUILDER,
  ...DOCKER.filter(({ name }) => /^docker-(host|tls|cert)/.test(name)),
];
