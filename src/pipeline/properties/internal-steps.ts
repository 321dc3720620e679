import { INTERNAL_STEPS } from '../definition/keys.ts';
import type { StepManifest, StepProperty } from '../manifest.ts';

/** How the text of a property is read, beyond its type. */
export type PropertyForm =
  /** Words as a shell splits them. */
  | 'words'
  /** The same, each `NAME=value`. */
  | 'pairs'
  /** `n[/tcp|udp|sctp]`, separated by spaces or commas. */
  | 'ports'
  /** `[ip:][host:]container[/protocol]`, separated by spaces or commas. */
  | 'published-ports'
  /** `{"registry": {"username": …, "password": …}}` */
  | 'registry-logins';

/** One thing that a built-in step can be given. */
export interface InternalProperty extends StepProperty {
  readonly about: string;
  /** Absent: any text. */
  readonly form?: PropertyForm;
}

/** What a built-in step takes: the one place for the checks, the schema for editors and the documentation. */
export interface InternalManifest extends StepManifest {
  readonly summary: string;
  readonly properties: readonly InternalProperty[];
}

type More = Partial<Omit<InternalProperty, 'name' | 'about'>>;

const property = (name: string, about: string, more: More = {}): InternalProperty => ({
  name,
  about,
  type: more.secret ? 'password' : 'string',
  required: false,
  secret: false,
  ...more,
});

const flag = (name: string, about: string): InternalProperty => property(name, about, { type: 'boolean' });

const CODE = property('code', 'commands to begin with');

const DISABLE_SYNC = flag(
  'disable-sync',
  'leave out what earlier steps exported when variables are filled in',
);

const LOGIN = [
  property('username', "user's name at the registry"),
  property('password', 'password or token at the registry', { secret: true }),
  property('registry', "the registry's host or URL, where the image's name does not begin with it"),
];

const CLOUD = [
  property('aws-access-key', 'access key id, for ECR'),
  property('aws-secret-key', 'secret access key, for ECR', { secret: true }),
  property('aws-region', 'region of the registry, for ECR'),
  property('aws-registry-id', '12 digits of the account, for ECR'),
  flag('aws-strict-auth', 'taken for older files; credentials are always checked'),
  property('azure-client-id', 'id of the service principal, for ACR'),
  property('azure-client-secret', 'its secret, for ACR', { secret: true }),
  property('azure-subscription-id', 'taken for older files, for ACR'),
  property('azure-tenant-id', 'taken for older files, for ACR'),
  property('azure-resource-group', 'taken for older files, for ACR'),
  property('azure-registry-name', 'taken for older files, for ACR'),
  property('azure-login-server', 'host of the registry, for ACR'),
];

const IMAGE = [
  property('author', 'who made the image'),
  property('message', "the image's comment"),
  property('ports', 'ports that the image exposes', { form: 'ports' }),
  property('volumes', 'folders that are volumes, separated by spaces or commas'),
  property('working-dir', 'folder that its processes start in'),
  property('cmd', "the image's command; no variables are filled in", { form: 'words' }),
  property('entrypoint', "the image's entrypoint; no variables are filled in", { form: 'words' }),
  property('env', 'further variables of the image', { form: 'pairs' }),
  property('labels', 'labels of the image', { form: 'pairs' }),
  property('user', 'whom its processes run as'),
  property('stopsignal', 'the signal that ends it'),
];

const PUSH = [
  property('repository', 'name of the image, with the host of its registry', { required: true }),
  property('tag', 'one or more tags, separated by spaces or commas', { default: 'latest' }),
  ...LOGIN,
  property('email', 'taken for older files'),
  property('auth-server', 'taken for older files; the registry itself says where logins are checked'),
  ...IMAGE,
  ...CLOUD,
  DISABLE_SYNC,
];

const CONTAINER_NAME = property('name', "the container's name, which is its host name for the others", {
  required: true,
});

const BUILD = [
  property('image-name', 'what the other steps of the run call the image', { required: true }),
  property('dockerfile', 'path of the Dockerfile in the context', { default: 'Dockerfile' }),
  property('context', 'folder of the source that is the context', { default: '.' }),
  property('build-args', 'arguments of the build; a name alone takes the value it has here', {
    form: 'words',
  }),
  property('labels', 'labels of the image', { form: 'pairs' }),
  flag('q', 'print nothing'),
  flag('no-cache', 'run every instruction again'),
  flag('squash', 'make one layer of all that the build adds'),
  property('extra-hosts', 'entries for /etc/hosts, `name:address` each', { form: 'words' }),
  property('registry-auth-config', 'logins for the registries of parent images', {
    secret: true,
    form: 'registry-logins',
  }),
  DISABLE_SYNC,
];

const RUN = [
  CONTAINER_NAME,
  property('image', 'an image of this run, or one to be fetched like a box', { required: true }),
  property('cmd', 'command instead of the image’s own', { form: 'words' }),
  property('entrypoint', 'entrypoint instead of the image’s own', { form: 'words' }),
  property('env', 'further variables', { form: 'pairs' }),
  property('ports', 'ports that it listens on; published with --expose-ports', { form: 'published-ports' }),
  property('working-dir', 'folder that its processes start in'),
  property('user', 'whom its processes run as'),
  ...LOGIN,
  DISABLE_SYNC,
];

const manifest = (summary: string, properties: readonly InternalProperty[]): InternalManifest => ({
  summary,
  properties,
});

const MANIFESTS: Readonly<Record<string, InternalManifest>> = {
  'internal/docker-push': manifest('makes an image of the box, or takes one that was built, and pushes it', [
    ...PUSH,
    property('image-name', 'push this image of internal/docker-build instead of the box'),
  ]),
  'internal/docker-scratch-push': manifest('pushes an image with the output folder and nothing else', PUSH),
  'internal/docker-build': manifest('builds an image from a Dockerfile of the source', BUILD),
  'internal/docker-run': manifest('starts a container beside the box', RUN),
  'internal/docker-kill': manifest('ends a container that internal/docker-run started', [CONTAINER_NAME]),
  'internal/watch': manifest('runs commands, and again when files change', [
    CODE,
    flag('reload', 'start them again when a file of the project changes'),
  ]),
  'internal/shell': manifest('opens a shell in the box for the person at the terminal', [
    property('cmd', 'the shell; absent: bash where there is one, else sh', { form: 'words' }),
    CODE,
  ]),
  'internal/store-container': manifest('keeps the box as an image file among the artifacts', []),
  'internal/publish-step': manifest('publishes a step of the source to a step registry', [
    property('owner', 'whose step it becomes; absent: that of the token'),
    property('endpoint', 'the step registry; absent: the one that steps are fetched from'),
    property('auth-token', 'token for it; absent: that of the person', { secret: true }),
    property('path', "folder of the step in the source; absent: the source's own"),
    flag('private', 'nobody else may see it'),
  ]),
};

/** What the built-in step of this id takes; `undefined` for every other id. */
export const internalManifest = (id: string): InternalManifest | undefined =>
  INTERNAL_STEPS.has(id) ? MANIFESTS[id] : undefined;
