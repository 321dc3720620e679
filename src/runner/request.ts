import type { CachedFrom, Diagnostic } from '../kernel/index.ts';
import type { GitFacts, PortSpec } from '../pipeline/index.ts';
import type { GitTarget, LoadedDefinition } from '../project/index.ts';
import type { CommitTag } from './committed-images.ts';

/** Everything that one run is told; nothing is read from the process's own surroundings. */
export interface RunRequest {
  /** A `deploy` sees other variables and leaves its link at `latest_deploy`. */
  readonly kind: 'build' | 'deploy';
  readonly pipeline: string;
  /** Steps of this name replace the pipeline's `steps`. */
  readonly deployTarget?: string;
  /** Unique in the working folder; letters, digits, `-`. */
  readonly runId: string;
  /** The run that needs this one's image for a service. */
  readonly partOf?: string;
  readonly source: RunSource;
  /** The working folder (`.wercker`), absolute. */
  readonly workingDir: string;
  /** `--wercker-yml`, absolute; absent: looked for in the source. */
  readonly configFile?: string;
  /** The file, read before: nothing is looked for, and what it warns of has been told. */
  readonly definition?: LoadedDefinition;
  /** Whether mistakes in the file's workflows keep the pipeline from running. */
  readonly checkWorkflows?: boolean;
  /** Where there is no file, the one that fits the detected kind of project is used. @defaultValue false */
  readonly defaultFile?: boolean;
  /** Where to look for the file when the source has none; a deploy's current folder. */
  readonly fallbackConfigFolder?: string;
  /** What relative step folders (`file://./x`) are relative to, absolute. */
  readonly currentFolder: string;
  readonly application: Application;
  /** What the application is called in the cache, by everybody who builds it. Absent: by its name. */
  readonly cachedAs?: string;
  readonly git: GitFacts;
  /** The host's variables, an environment file merged in. Only those that the contract names reach the box. */
  readonly hostEnvironment: ReadonlyMap<string, string>;
  /** For the URL variables, without a trailing slash. */
  readonly baseUrl: string;
  readonly stepRegistry: StepRegistryOptions;
  readonly images: ImageOptions;
  readonly box: BoxOptions;
  readonly limits: RunLimits;
  readonly sourceDir: string;
  /** Relative to the source, or absolute. Absent: the file's `ignore-file`, else `.werckerignore`. */
  readonly ignoreFile?: string;
  /** Keep what the pipeline wrote to its output folder. */
  readonly artifacts: boolean;
  /** How long what is stored stays there. Absent: until a retention rule takes it away. */
  readonly artifactTtlMs?: number;
  /** Tell what services print as it comes, not only when one fails. @defaultValue false */
  readonly serviceLogs?: boolean;
  /** Leave containers and network behind. */
  readonly noRemove: boolean;
  readonly commit?: CommitRequest;
  /** Continue after the step that made this checkpoint. */
  readonly checkpoint?: string;
  readonly afterStepsOnInterrupt: boolean;
  readonly states?: StatesRequest;
  /** @defaultValue `stop` */
  readonly onFailure?: OnFailure;
  /** How long a held run waits for a decision. */
  readonly holdTimeoutMs?: number;
  /** Where a step fails and a person is there, they get a shell in the box before the after-steps. @defaultValue false */
  readonly attachOnError?: boolean;
  /** Where the images of `wcr.io` are, as a URL; absent: none is known. */
  readonly containerRegistry?: string;
  /** The run is somebody else's, on a worker of a fleet. Absent: the machine is of whoever asked for it. */
  readonly fleet?: FleetRules;
}

/** What keeps a run on a fleet to its own source. */
export interface FleetRules {
  /** The folder that nothing named by `file://` may lead out of, absolute. */
  readonly root: string;
  /** What the operator allows all the same: `file-steps`, `volumes`, `local-images`, `docker`. */
  readonly allow: readonly string[];
}

export type RunSource =
  /** `ownCopy`: the copy is made for this run and goes with it; the project's stays as it is. */
  | { readonly type: 'folder'; readonly folder: string; readonly ownCopy?: boolean }
  | { readonly type: 'tarball'; readonly url: string }
  /** `facts` win over what the clone says of itself. */
  | { readonly type: 'git'; readonly target: GitTarget; readonly facts: Partial<GitFacts> }
  /** Each becomes a folder of its name in the source, one without a folder an empty one. The copy is the run's own. */
  | { readonly type: 'folders'; readonly folders: readonly SourceFolder[] };

export interface SourceFolder {
  /** One part of a path, unique. */
  readonly name: string;
  /** Absolute. */
  readonly folder?: string;
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly ownerName: string;
  readonly startedByName: string;
}

export interface StepRegistryOptions {
  /** Empty: the old API at the base URL. */
  readonly url: string;
  readonly token?: string;
  /** Whether `file://` steps may be used. */
  readonly allowFolders: boolean;
}

export interface ImageOptions {
  /** `missing`: pulled when there is no such local image. */
  readonly pull: 'missing' | 'always' | 'never';
  /** Nothing is pushed: steps that push tag the image here only. @defaultValue false */
  readonly localOnly?: boolean;
  /** Take an image away from the engine after it was pushed. @defaultValue false */
  readonly removePushed?: boolean;
}

export interface BoxOptions {
  /** The project itself is mounted read-write instead of a copy. */
  readonly directMount: boolean;
  /** Publish the ports that box and services declare. */
  readonly exposePorts: boolean;
  /** Mount the volumes that box and services declare. */
  readonly enableVolumes: boolean;
  /** Mount source, cache and steps read-only under `/mnt` and copy them from there in the box. */
  readonly readOnlyMounts: boolean;
  /** Run in the image that the project's last passed build committed, with the source as the build left it. */
  readonly lastBuildBox: boolean;
  /** Ports of the box, instead of those that it declares. */
  readonly publish: readonly PortSpec[];
  /** An existing network; absent: one of the run's own. */
  readonly network?: string;
  readonly dns: readonly string[];
  readonly memoryMb?: number;
  readonly memorySwapMb?: number;
}

export interface RunLimits {
  /** Fractions allowed; the file's own wins. */
  readonly commandTimeoutMinutes: number;
  readonly noResponseTimeoutMinutes: number;
  readonly artifactBytes: number;
  readonly cacheBytes: number;
}

export interface CommitRequest {
  /** More names in the same repository. */
  readonly tags?: readonly CommitTag[];
  /** Remove what was committed to the same repository longer ago, in days. Absent: everything stays. */
  readonly keepDays?: number;
  readonly repository?: string;
  readonly tag?: string;
  readonly message?: string;
}

/** Keeping what each step leaves, and beginning where an earlier run was. */
export interface StatesRequest {
  /** Keep a state before the first step and after every step that passes. */
  readonly keep: boolean;
  /** How many runs of the working folder keep their states, this one included. */
  readonly keepRuns: number;
  /** Begin in the state before a step: its name, `step-N` or id. `runId` absent: of the newest run that fits. */
  readonly from?: { readonly step: string; readonly runId?: string };
}

/** What happens when a step fails: the run ends, a person gets a shell first, or it waits for a decision. */
export type OnFailure = 'stop' | 'shell' | 'hold';

/** Why a run could not start or did not pass, in one sentence, with what to do. */
export interface RunFailure {
  readonly reason:
    | 'invalid-file'
    | 'source'
    | 'step-unavailable'
    | 'engine'
    | 'image'
    | 'box'
    | 'service'
    | 'step-failed'
    /** A kept state that cannot be used. */
    | 'state'
    /** It was held, and nobody came. */
    | 'hold-expired'
    | 'artifacts'
    | 'interrupted';
  readonly message: string;
  readonly hint?: string;
  /** Mistakes in files, all of them. */
  readonly diagnostics?: readonly Diagnostic[];
}

export interface RunResult {
  readonly result: 'passed' | 'failed' | 'interrupted';
  readonly failure?: RunFailure;
  readonly runFolder: string;
  /** The image that the box was committed to. */
  readonly committedImage?: string;
  /** Nothing ran: it was given what an earlier run made. */
  readonly cachedFrom?: CachedFrom;
}
