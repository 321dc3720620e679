import type { KindName, KindValues } from './kinds.ts';

/** One field of the configuration: all that is said of it anywhere comes from here. */
export interface ConfigField {
  readonly kind: KindName;
  /** Values that a text may have; absent: any. */
  readonly choices?: readonly string[];
  /** What a number counts. */
  readonly unit?: string;
  /** As it would be written in the file; absent: nothing. */
  readonly default?: string | number | boolean;
  /** What holds without a value, where that is no plain default. */
  readonly otherwise?: string;
  /** The environment variable that wins over the file. */
  readonly variable?: string;
  /** The flag that wins over both, without dashes. */
  readonly flag?: string;
  readonly about: string;
}

interface ConfigSection {
  readonly about: string;
  /** The field that is meant where a list stands in the place of the section. */
  readonly list?: string;
  readonly fields: Readonly<Record<string, ConfigField>>;
}

/** Where a server listens, and with which certificate. */
const listening = <const P extends number>(port: P) =>
  ({
    host: {
      kind: 'text',
      default: '127.0.0.1',
      flag: 'host',
      about: 'Address that the server listens on; `::` is every one.',
    },
    port: {
      kind: 'port',
      default: port,
      variable: 'PORT',
      flag: 'port',
      about: 'Port that the server listens on; 0 takes any.',
    },
    certfile: {
      kind: 'path',
      otherwise: 'HTTP',
      variable: 'CERT_PEM_FILE',
      flag: 'certfile',
      about: 'Certificate (PEM) with those that lead to its authority; with `keyfile`: HTTPS.',
    },
    keyfile: {
      kind: 'path',
      variable: 'KEY_PEM_FILE',
      flag: 'keyfile',
      about: 'Private key of the certificate (PEM).',
    },
  }) as const satisfies Record<string, ConfigField>;

/** Every section and field, in the order of the page. */
export const SECTIONS = {
  data: {
    about: 'what Slipway keeps on this machine',
    fields: {
      folder: {
        kind: 'path',
        variable: 'SLIPWAY_DATA_DIR',
        otherwise: '`$XDG_DATA_HOME/slipway`, else `~/.local/share/slipway`',
        about: 'Folder of the records of runs and, without another store, of their artifacts.',
      },
    },
  },
  store: {
    about: 'where artifacts go',
    fields: {
      type: {
        kind: 'text',
        choices: ['folder', 's3', 'oci'],
        default: 'folder',
        about: 'Kind of the store: a folder, a bucket of the S3 API, or a bucket of OCI Object Storage.',
      },
      folder: {
        kind: 'path',
        otherwise: 'one in the data folder',
        about: 'Where a store of the type `folder` is.',
      },
      keepFreeBytes: {
        kind: 'bytes',
        unit: 'bytes',
        about: "Room that stays free on the folder's disk: what would not fit beside it is refused.",
      },
      bucket: {
        kind: 'text',
        otherwise: 'needed by `s3` and `oci`',
        about: 'Bucket of the artifacts.',
      },
      region: {
        kind: 'text',
        otherwise: 'needed by `s3` and `oci`',
        about: 'Region of the bucket.',
      },
      endpoint: {
        kind: 'url',
        otherwise: "the cloud's own",
        about: 'Address of another server that speaks the protocol.',
      },
      encryption: {
        kind: 'text',
        choices: ['AES256', 'none'],
        default: 'AES256',
        about: 'Whether an S3 store is to encrypt what it stores; some that are not AWS cannot.',
      },
      accessKeyId: {
        kind: 'text',
        otherwise: 'the usual chain of AWS: variables, profiles, roles',
        about: 'Name of the key of an S3 store; it goes with `secretAccessKey`.',
      },
      secretAccessKey: {
        kind: 'secret',
        about: 'The secret half of that key.',
      },
      sessionToken: {
        kind: 'secret',
        about: 'Token of a key that is valid for a session only.',
      },
      namespace: {
        kind: 'text',
        otherwise: 'needed by `oci`',
        about: 'Object storage namespace of the tenancy.',
      },
      tenancy: { kind: 'text', otherwise: 'needed by `oci`', about: 'OCID of the tenancy.' },
      user: {
        kind: 'text',
        otherwise: 'needed by `oci`',
        about: 'OCID of the user whose key signs requests.',
      },
      fingerprint: { kind: 'text', otherwise: 'needed by `oci`', about: 'Fingerprint of that key.' },
      privateKey: { kind: 'secret', otherwise: 'needed by `oci`', about: 'The key itself, PEM.' },
      passphrase: { kind: 'secret', about: 'Passphrase of the key, where it has one.' },
    },
  },
  retention: {
    about: 'how long runs and their artifacts stay (`docs/artifacts.md`)',
    fields: {
      keepDays: {
        kind: 'amountLimit',
        unit: 'days',
        default: 30,
        variable: 'SLIPWAY_KEEP_DAYS',
        flag: 'keep-days',
        about: 'Runs that ended longer ago go, but for the newest passed run of each pipeline.',
      },
      keepFailedDays: {
        kind: 'amountLimit',
        unit: 'days',
        otherwise: 'as `keepDays`',
        variable: 'SLIPWAY_KEEP_FAILED_DAYS',
        flag: 'keep-failed-days',
        about: 'The same for runs that did not pass.',
      },
      keepRuns: {
        kind: 'countLimit',
        unit: 'runs',
        default: 100,
        variable: 'SLIPWAY_KEEP_RUNS',
        flag: 'keep-runs',
        about: 'Of each application so many of the newest runs stay.',
      },
      maxBytes: {
        kind: 'bytes',
        unit: 'bytes',
        otherwise: 'as much as there is',
        variable: 'SLIPWAY_MAX_BYTES',
        flag: 'max-bytes',
        about: 'What all artifacts of a store together may take; the least recently finished runs go first.',
      },
      automatic: {
        kind: 'truth',
        default: true,
        flag: 'gc',
        about: 'Whether the rules apply by themselves after a run that stored artifacts in the data folder.',
      },
    },
  },
  artifacts: {
    about: 'the caches that artifacts are pulled from and pushed to (`docs/artifact-cache.md`)',
    list: 'caches',
    fields: {
      'pull-url': {
        kind: 'address',
        about: 'Where artifacts are pulled from: an `http(s)` address, or the folder of a repository.',
      },
      'push-url': {
        kind: 'address',
        about: 'Where they are pushed to: `user@host:path`, `ssh://user@host:port/path`, or a folder.',
      },
      'push-port': {
        kind: 'port',
        otherwise: "ssh's own",
        about: 'Port of the host of `push-url`.',
      },
      url: {
        kind: 'address',
        about: 'The later form, instead of those three: one cache that both directions are asked of.',
      },
      push: {
        kind: 'truth',
        otherwise: 'true for `ssh://`',
        about: 'Whether `url` is pushed to.',
      },
      caches: {
        kind: 'caches',
        about: 'Several caches in their order; the list may stand in the place of the section itself.',
      },
    },
  },
  download: {
    about: 'the download server (`docs/download.md`)',
    fields: {
      ...listening(8091),
      roots: {
        kind: 'paths',
        otherwise: '`downloads` in the data folder',
        variable: 'WERCKER_RUNNER_STOREPATH',
        flag: 'root',
        about: 'Folders below which files may be downloaded.',
      },
      linkKeyFile: {
        kind: 'path',
        otherwise: '`link.key` in the data folder',
        variable: 'SLIPWAY_LINK_KEY_FILE',
        flag: 'link-key-file',
        about: 'Keys that links are signed and checked with.',
      },
      token: {
        kind: 'secret',
        variable: 'SLIPWAY_DOWNLOAD_TOKEN',
        flag: 'token',
        about: 'What may stand in `Authorization: Bearer` instead of a signed link.',
      },
      requireSigned: {
        kind: 'truth',
        default: false,
        flag: 'require-signed',
        about: "Whether the original's address too takes only signed links, or the token.",
      },
      public: {
        kind: 'truth',
        default: false,
        flag: 'public',
        about: 'Whether runs and their artifacts are shown to everybody, without signed links.',
      },
      drainTimeout: {
        kind: 'time',
        default: '10m',
        flag: 'drain-timeout',
        about: 'How long downloads may go on after the first SIGTERM or Ctrl-C.',
      },
    },
  },
  cache: {
    about: "this machine's own artifact cache (`docs/artifact-cache.md`)",
    fields: {
      repository: {
        kind: 'path',
        otherwise: '`cache` in the data folder',
        about: 'Where its repository is; made at its first use. `slipway server` serves it, too.',
      },
    },
  },
  server: {
    about:
      'the server of the artifact cache and of downloads (`docs/server.md`); what it serves of runs, `download` says',
    fields: {
      ...listening(8080),
      drainTimeout: {
        kind: 'time',
        default: '10m',
        flag: 'drain-timeout',
        about: 'How long answers may go on after the first SIGTERM or Ctrl-C.',
      },
      rootUrl: {
        kind: 'url',
        otherwise: 'what each client has used',
        variable: 'SLIPWAY_ROOT_URL',
        flag: 'root-url',
        about: 'How clients call the server; URLs that it gives out begin with it.',
      },
      trustProxy: {
        kind: 'truth',
        default: false,
        flag: 'trust-proxy',
        about:
          'Whether `X-Forwarded-…` is believed: where a proxy is before the server, and nobody can pass it by.',
      },
      withWorker: {
        kind: 'truth',
        default: false,
        flag: 'with-worker',
        about: 'Whether a worker runs beside the server, which starts and ends with it.',
      },
      workerQueue: {
        kind: 'text',
        default: 'local/docker',
        flag: 'worker-queue',
        about: 'Queue that this worker serves.',
      },
      workerCapacity: {
        kind: 'count',
        unit: 'tasks',
        default: 1,
        flag: 'worker-capacity',
        about: 'How many tasks this worker runs at once.',
      },
    },
  },
  database: {
    about: 'where the queue is (`docs/queue.md`)',
    fields: {
      url: {
        kind: 'secret',
        otherwise: 'a file of SQLite in the data folder',
        variable: 'DATABASE_URL',
        flag: 'database-url',
        about:
          'A PostgreSQL database, `postgres://user:password@host:port/name`, which several servers may share.',
      },
    },
  },
  auth: {
    about: 'who may call the queue (`docs/queue.md`)',
    fields: {
      clients: {
        kind: 'path',
        variable: 'SLIPWAY_CLIENTS',
        flag: 'clients',
        otherwise: '`clients.yml` in the data folder, made at the first start',
        about: 'File of the clients that may call, with their tokens, roles and scopes.',
      },
      open: {
        kind: 'truth',
        otherwise: 'true on an address of this machine alone, without clients',
        flag: 'open',
        about: 'Whether whoever does not sign may do everything.',
      },
    },
  },
  queue: {
    about: 'the queue of tasks (`docs/queue.md`)',
    fields: {
      enabled: {
        kind: 'truth',
        default: true,
        flag: 'tasks',
        about: 'Whether the server has a queue.',
      },
      claimTimeout: {
        kind: 'time',
        default: '20m',
        flag: 'claim-timeout',
        about: 'How long a worker may be silent before its task is given to another one.',
      },
    },
  },
  builder: {
    about: 'the image builder (`docs/image-builder.md`)',
    fields: {
      backend: {
        kind: 'text',
        choices: ['docker', 'kubernetes', 'off'],
        default: 'docker',
        variable: 'SLIPWAY_BUILDER',
        flag: 'builder',
        about: 'What builds images.',
      },
      users: {
        kind: 'path',
        otherwise: 'none',
        variable: 'SLIPWAY_BUILD_USERS',
        flag: 'build-users',
        about: 'File of the users that may build, with their tokens.',
      },
      couchdbUrl: {
        kind: 'url',
        otherwise: '`COUCHDB_SERVICE_HOST`, where it is set',
        variable: 'COUCHDB_URL',
        flag: 'couchdb-url',
        about:
          'CouchDB of OpenServerless that has the users; `COUCHDB_ADMIN_USER` and `COUCHDB_ADMIN_PASSWORD` log in.',
      },
      couchdbPrefix: {
        kind: 'text',
        default: 'nuvolaris_',
        variable: 'COUCHDB_PREFIX',
        flag: 'couchdb-prefix',
        about: 'What the names of its databases begin with.',
      },
      couchdbCa: {
        kind: 'path',
        flag: 'couchdb-ca',
        otherwise: 'the usual ones',
        about: 'Certificates (PEM) that it is trusted by.',
      },
      registryHost: {
        kind: 'text',
        otherwise: 'what each user has set',
        variable: 'REGISTRY_HOST',
        flag: 'registry-host',
        about: 'Registry that images are pushed to; `REGISTRY_USER` and `REGISTRY_PASS` log in.',
      },
      registryPushHost: {
        kind: 'text',
        otherwise: 'as `registryHost`',
        variable: 'REGISTRY_PUSH_HOST',
        flag: 'registry-push-host',
        about: 'Where builds reach that registry.',
      },
      registryPullHost: {
        kind: 'text',
        otherwise: 'as `registryHost`',
        variable: 'REGISTRY_PULL_HOST',
        flag: 'registry-pull-host',
        about: 'Where images are pulled from.',
      },
      registryPlainHttp: {
        kind: 'text',
        otherwise: 'those of this machine',
        flag: 'registry-plain-http',
        about: 'A registry that is asked over plain HTTP.',
      },
      secrets: {
        kind: 'path',
        otherwise: 'none',
        flag: 'build-secrets',
        about:
          'Folder of the logins that users may name as `REGISTRY_SECRET`: `USER/NAME.json`, `all/NAME.json`.',
      },
      source: {
        kind: 'text',
        otherwise: 'every image',
        flag: 'build-source',
        about: 'The images that may be extended: a name, or its beginning and a star.',
      },
      catalog: {
        kind: 'path',
        otherwise: '`BUILDER_CATALOG_JSON`, where it is set',
        variable: 'BUILDER_CATALOG_FILE',
        flag: 'build-catalog',
        about: 'File of the images that `ensure` gives.',
      },
      slots: {
        kind: 'count',
        unit: 'builds',
        default: 2,
        flag: 'build-slots',
        about: 'How many builds this server runs at the same time.',
      },
      maxRunning: {
        kind: 'count',
        unit: 'builds',
        default: 2,
        flag: 'build-max-running',
        about: 'How many builds of one user go on at the same time, over all servers.',
      },
      maxQueued: {
        kind: 'count',
        unit: 'builds',
        default: 100,
        flag: 'build-max-queued',
        about: 'How many builds of one user may wait; more are refused.',
      },
      timeLimit: {
        kind: 'time',
        default: '30m',
        flag: 'build-time-limit',
        about: 'How long a build may take.',
      },
      idleLimit: {
        kind: 'time',
        default: '10m',
        flag: 'build-idle-limit',
        about: 'How long a build may print nothing.',
      },
      cacheSize: {
        kind: 'bytes',
        unit: 'bytes',
        default: '10GiB',
        flag: 'build-cache-size',
        about: 'What builds with Docker may leave in the cache of the engine: layers, and packages.',
      },
      keepSize: {
        kind: 'bytes',
        unit: 'bytes',
        default: '20GiB',
        flag: 'build-keep-size',
        about: 'What images may take that the engine keeps for later builds.',
      },
      ca: {
        kind: 'path',
        otherwise: "those of each build's image",
        flag: 'build-ca',
        about: 'Certificates (PEM) that builds trust, too.',
      },
      key: {
        kind: 'path',
        otherwise: 'one that all servers of a database share',
        flag: 'build-key',
        about: 'Keys (PEM, ECDSA on P-256) of statements about images: the first signs, the others are told.',
      },
      network: {
        kind: 'text',
        choices: ['default', 'none', 'proxy'],
        default: 'default',
        flag: 'build-network',
        about: 'What builds may reach; `proxy` is web servers alone, by this server (Docker).',
      },
      reach: {
        kind: 'text',
        otherwise: 'the internet, at ports 80 and 443',
        flag: 'build-reach',
        about: 'Where builds may go with the network `proxy`: `HOST`, `HOST:PORT`, `*.HOST`.',
      },
      namespace: {
        kind: 'text',
        default: 'nuvolaris',
        flag: 'build-namespace',
        about: 'Where builds with Kubernetes are.',
      },
      cache: {
        kind: 'text',
        choices: ['none', 'registry'],
        default: 'none',
        flag: 'build-cache',
        about: 'Whether layers of builds with Kubernetes are kept in the registry.',
      },
      pod: {
        kind: 'path',
        otherwise: 'the defaults of `docs/kubernetes-builder.md`',
        flag: 'build-pod',
        about: 'What pods of builds with Kubernetes get and where they run (YAML).',
      },
      buildkitImage: {
        kind: 'text',
        default: 'moby/buildkit:v0.30.0-rootless',
        variable: 'BUILDKIT_IMAGE',
        flag: 'buildkit-image',
        about: 'What builds with Kubernetes run in.',
      },
      strictUserCheck: {
        kind: 'truth',
        default: true,
        flag: 'strict-user-check',
        about: "Whether targets that are not the caller's own are refused; `STRICT_USER_CHECK` wins.",
      },
    },
  },
} as const satisfies Readonly<Record<string, ConfigSection>>;

export type SectionName = keyof typeof SECTIONS;

/** The field that a list in the place of a section gives; `undefined` where a section takes none. */
export const listFieldOf = (section: string): string | undefined =>
  (SECTIONS as Readonly<Record<string, ConfigSection>>)[section]?.list;

type FieldsOf<S extends SectionName> = (typeof SECTIONS)[S]['fields'];

/** `retention.keepDays` */
export type FieldPath = {
  [S in SectionName]: `${S}.${keyof FieldsOf<S> & string}`;
}[SectionName];

type FieldAt<P extends FieldPath> = P extends `${infer S extends SectionName}.${infer F}`
  ? F extends keyof FieldsOf<S>
    ? FieldsOf<S>[F]
    : never
  : never;

/** What the field of a path holds. */
export type ValueAt<P extends FieldPath> =
  FieldAt<P> extends { readonly choices: readonly (infer C)[] }
    ? C
    : FieldAt<P> extends { readonly kind: infer K extends KindName }
      ? KindValues[K]
      : never;

export interface ListedField {
  readonly path: FieldPath;
  readonly section: SectionName;
  readonly name: string;
  readonly field: ConfigField;
}

/** All fields, in the order of the table. */
export const FIELDS: readonly ListedField[] = Object.entries(SECTIONS).flatMap(([section, { fields }]) =>
  Object.entries(fields).map(([name, field]) => ({
    // Both halves are keys of the table.
    path: `${section}.${name}` as FieldPath,
    section: section as SectionName,
    name,
    field,
  })),
);
