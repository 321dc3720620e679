/** One flag of a command. The same word names it on the command line, in help and in completion. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in help; absent: the flag is on or off. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeat?: boolean;
  /** Values that it takes; absent: any. */
  readonly choices?: readonly string[];
  readonly default?: string;
  /** On unless `--no-NAME` or `--NAME=false`. */
  readonly on?: boolean;
  /** The environment variable that gives its value where the flag is absent. */
  readonly variable?: string;
  /** Kept out of help: few people need it. */
  readonly hidden?: boolean;
  readonly about: string;
}

export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: 'environment',
    value: 'FILE',
    default: 'ENVIRONMENT',
    variable: 'WERCKER_ENVIRONMENT_FILE',
    about: 'file with more X_ and XXX_ variables; skipped when it is not there',
  },
  {
    name: 'output',
    value: 'FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    about: 'text for people, or json: one event per line on standard output',
  },
  { name: 'verbose', about: 'say more of what is done' },
  { name: 'no-colors', about: 'no colour in what Slipway itself says (NO_COLOR does the same)' },
  { name: 'debug', about: 'say all that is done' },
  {
    name: 'base-url',
    value: 'URL',
    default: 'https://app.wercker.com',
    hidden: true,
    about: 'web application in the URL variables',
  },
  {
    name: 'steps-registry',
    value: 'URL',
    default: 'https://steps.wercker.com',
    variable: 'STEPS_REGISTRY',
    hidden: true,
    about: 'registry of steps; empty: the old API at the base URL',
  },
  { name: 'auth-token', value: 'TOKEN', hidden: true, about: 'token for the registry of steps' },
  {
    name: 'auth-token-store',
    value: 'FILE',
    default: '~/.wercker/token',
    hidden: true,
    about: 'file that holds the token',
  },
];

const LOCAL_PATHS: readonly Flag[] = [
  {
    name: 'working-dir',
    value: 'DIR',
    default: './.wercker',
    variable: 'WERCKER_WORKING_DIR',
    about: 'folder for runs, caches and downloaded steps',
  },
  {
    name: 'local-file-store',
    value: 'DIR',
    hidden: true,
    about: 'folder that takes the artifacts with --store-s3',
  },
];

const IDENTITY: readonly Flag[] = [
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

const DOCKER: readonly Flag[] = [
  {
    name: 'docker-host',
    value: 'URL',
    variable: 'DOCKER_HOST',
    about: 'engine to use: unix:///path or tcp://host:port',
  },
  {
    name: 'docker-tls-verify',
    value: '0|1',
    default: '0',
    variable: 'DOCKER_TLS_VERIFY',
    about: 'talk TLS to the engine when 1',
  },
  {
    name: 'docker-cert-path',
    value: 'DIR',
    variable: 'DOCKER_CERT_PATH',
    about: 'folder with ca.pem, cert.pem and key.pem',
  },
  {
    name: 'pull',
    value: 'POLICY',
    choices: ['missing', 'always', 'never'],
    default: 'missing',
    about: 'when images are pulled',
  },
  { name: 'docker-local', about: 'the same as --pull never' },
  { name: 'checkpoint', value: 'NAME', about: 'go on behind the step that made this checkpoint' },
  {
    name: 'docker-dns',
    value: 'ADDRESS',
    repeat: true,
    variable: 'DOCKER_DNS',
    hidden: true,
    about: 'name server for the containers',
  },
  { name: 'docker-memory', value: 'MB', hidden: true, about: 'memory for box and services together' },
  { name: 'docker-memory-swap', value: 'MB', hidden: true, about: 'memory and swap together' },
  { name: 'docker-cpu-period', value: 'N', hidden: true, about: 'ignored' },
  { name: 'docker-cpu-quota', value: 'N', hidden: true, about: 'ignored' },
  { name: 'docker-memory-reservation', value: 'MB', hidden: true, about: 'ignored' },
  { name: 'docker-kernel-memory', value: 'MB', hidden: true, about: 'ignored' },
  {
    name: 'docker-network',
    value: 'NAME',
    hidden: true,
    about: 'an existing network instead of one for the run',
  },
];

const RUN: readonly Flag[] = [
  { name: 'expose-ports', about: 'publish the ports that box and services declare' },
  { name: 'suppress-build-logs', hidden: true, about: 'leave out what the steps print' },
  {
    name: 'publish',
    value: 'PORT',
    repeat: true,
    hidden: true,
    about: 'publish a port of the box (deprecated: use `ports` and --expose-ports)',
  },
  { name: 'enable-dev-steps', on: true, hidden: true, about: 'allow file:// steps' },
  { name: 'after-steps-on-interrupt', about: 'run the after-steps also after Ctrl-C' },
];

const BUILD_ONLY: readonly Flag[] = [
  { name: 'direct-mount', about: 'mount the project read-write instead of a copy' },
  { name: 'enable-volumes', about: 'mount the volumes that box and services declare' },
];

const GIT: readonly Flag[] = (['domain', 'owner', 'repository', 'branch', 'tag', 'commit'] as const).map(
  (fact) => ({
    name: `git-${fact}`,
    value: 'TEXT',
    variable: `WERCKER_GIT_${fact.toUpperCase()}`,
    hidden: true,
    about: `git ${fact} instead of what git says`,
  }),
);

const COMMIT: readonly Flag[] = [
  { name: 'commit', value: 'REPOSITORY', about: 'make an image of the box at the end' },
  {
    name: 'tag',
    value: 'TAG',
    variable: 'WERCKER_GIT_BRANCH',
    about: 'tag of that image instead of the branch',
  },
  { name: 'message', value: 'TEXT', about: 'message of that image' },
];

const ARTIFACTS: readonly Flag[] = [
  { name: 'artifacts', about: 'keep what the pipeline wrote to $WERCKER_OUTPUT_DIR' },
  { name: 'artifact-limit', value: 'MIB', default: '5000', about: 'how large the artifacts may be' },
  { name: 'cache-limit', value: 'MIB', default: '1000', about: 'how large the cache may be' },
  { name: 'no-remove', about: 'leave containers and network behind' },
  { name: 'store-s3', about: 'store the artifacts, with --local-file-store in that folder' },
  { name: 's3-bucket', value: 'NAME', default: 'wercker-development', about: 'bucket of the artifacts' },
];

const CONFIG: readonly Flag[] = [
  {
    name: 'wercker-yml',
    value: 'FILE',
    variable: 'WERCKER_YML_FILE',
    about: 'file to read instead of the one in the project',
  },
  { name: 'ignore-file', value: 'FILE', about: 'what is not copied into the box (default: .werckerignore)' },
  { name: 'source-dir', value: 'DIR', default: '', about: 'folder of the source where steps start' },
  {
    name: 'no-response-timeout',
    value: 'MINUTES',
    default: '5',
    about: 'end a step that prints nothing for so long',
  },
  { name: 'command-timeout', value: 'MINUTES', default: '25', about: 'end a step that runs for so long' },
];

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
