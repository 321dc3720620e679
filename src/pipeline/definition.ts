import type { Range } from '../kernel/index.ts';
import type { WorkflowSpec } from './workflow.ts';

/** A `wercker.yml` as it was written, every part checked; nothing outside the file has been looked at yet. */
export interface Definition {
  /** As the person named it, for messages. */
  readonly file: string;
  readonly box?: BoxSpec;
  /** Absent: the file says nothing of services; empty: it says that there are none. */
  readonly services?: readonly BoxSpec[];
  /** Minutes, 1 to 60. */
  readonly commandTimeoutMinutes?: number;
  /** Minutes, 1 to 60. */
  readonly noResponseTimeoutMinutes?: number;
  readonly sourceDir?: string;
  readonly ignoreFile?: string;
  readonly pipelines: ReadonlyMap<string, PipelineSpec>;
  /** Those that can run, by name. */
  readonly workflows: ReadonlyMap<string, WorkflowSpec>;
}

/** One pipeline of a file: where it runs and what it does. */
export interface PipelineSpec {
  readonly name: string;
  readonly box?: BoxSpec;
  readonly services?: readonly BoxSpec[];
  readonly steps: readonly StepSpec[];
  readonly afterSteps: readonly StepSpec[];
  /** Steps that replace `steps` when `--deploy-target` names them. */
  readonly targets: ReadonlyMap<string, readonly StepSpec[]>;
  /** Without a trailing slash. */
  readonly basePath?: string;
  /** Asks for direct access to the engine. */
  readonly docker: boolean;
  readonly range: Range;
}

/** A box or a service. Values are as written: `$NAME` is expanded when the image is fetched. */
export interface BoxSpec {
  /** The image as written, for messages. */
  readonly id: string;
  /** Registry host and port belong to it: `localhost:5000/team/app`. */
  readonly repository: string;
  /** Absent: none was written, which means `latest` unless there is a digest. */
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
  /** A service's alias; absent: the last path part of the repository. */
  readonly name?: string;
  /** `file://PATH#PIPELINE`: build that folder's pipeline and run the committed image. */
  readonly url?: string;
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Upper-cased names. */
  readonly env: ReadonlyMap<string, string>;
  readonly ports: readonly PortSpec[];
  readonly volumes: readonly VolumeSpec[];
  /** Whom the box runs as; absent: root. For a service absent means the image's own. */
  readonly user?: string;
  /** When a service counts as ready; absent: what its image says. Never there for a box. */
  readonly ready?: ReadySpec;
  readonly credentials: BoxCredentials;
  readonly range: Range;
}

/** How to find out that a service is ready. */
export interface ReadySpec {
  /** `image`: the image's own health check, else its ports. */
  readonly probe:
    | { readonly kind: 'none' }
    | { readonly kind: 'image' }
    | { readonly kind: 'tcp'; readonly ports: readonly number[] }
    /** Without `status` every answer from 200 to 399 counts. */
    | { readonly kind: 'http'; readonly path: string; readonly port: number; readonly status?: number }
    /** Run in the service's container; a text is for its shell. */
    | { readonly kind: 'command'; readonly command: string | readonly string[] }
    | { readonly kind: 'log'; readonly text: string };
  /** Above 0, fractions allowed. Absent: the runner's own. */
  readonly timeoutSeconds?: number;
}

/** `[ip:][host:]container[/protocol]`; ports from 1 to 65535. */
export interface PortSpec {
  readonly hostAddress?: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/** Both sides as written; expanded later. One path means the same on both sides. */
export interface VolumeSpec {
  readonly host: string;
  readonly guest: string;
}

/** As written; each may hold `$NAME`. */
export interface BoxCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly registry?: string;
  readonly aws?: {
    readonly accessKey?: string;
    readonly secretKey?: string;
    readonly region?: string;
    readonly registryId?: string;
    readonly strictAuth?: boolean;
  };
  readonly azure?: {
    readonly clientId?: string;
    readonly clientSecret?: string;
    readonly subscriptionId?: string;
    readonly tenantId?: string;
    readonly resourceGroup?: string;
    readonly registryName?: string;
    readonly loginServer?: string;
  };
}

/** Where a step's files come from. */
export type StepSource =
  | { readonly kind: 'script'; readonly code: string }
  | { readonly kind: 'internal' }
  /** `path` as written after `file://`: absolute, or relative to the current folder. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'tarball'; readonly url: string }
  /** `version` is an exact version, a range, or `*`. */
  | { readonly kind: 'registry'; readonly version: string };

/** One step of a pipeline, as the file asks for it. */
export interface StepSpec {
  /** As written, for messages. */
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly source: StepSource;
  /** `name:`; absent: the step's own name. For `internal/docker-run` and `-kill`, `name` is a property: the container's. */
  readonly displayName?: string;
  readonly cwd?: string;
  readonly checkpoint?: string;
  /** The data as strings, the reserved keys and a script's `code` taken out. Names as written. */
  readonly properties: ReadonlyMap<string, PropertyValue>;
  readonly range: Range;
}

/** What a file gives to a step under one name, and where. */
export interface PropertyValue {
  readonly value: string;
  readonly range: Range;
}
