import type { Engine } from '../../engine/index.ts';
import type { Claim } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { Span } from '../../telemetry/index.ts';
import type { TaskGarbage } from '../garbage/task-garbage.ts';
import type { WorkerIdentity } from '../identity.ts';
import type { TaskPayload } from '../payload/task-payload.ts';
import type { WorkerSettings } from '../settings.ts';
import type { TaskLog } from './task-log.ts';

/** One line of the worker's own log: newline-separated JSON. Values hold no secrets. */
export type WorkerRecordWriter = (type: string, fields?: Readonly<Record<string, unknown>>) => void;

/** What is found out while a run goes on, by whoever does it, for features that come later. */
export interface TaskFindings {
  /** SHA-256 in hex of each uploaded artifact, of its bytes before compression, by its name. */
  readonly artifactHashes: Map<string, string>;
  /** The image that the container is made of; `artifactSha256` where it came as an artifact. */
  image?: { readonly id: string; readonly artifactSha256?: string };
  /** Folders on this machine of the named caches in use, by name. */
  readonly cacheFolders: Map<string, string>;
  /** Why an artifact of the payload is not there, by its name. */
  readonly missingArtifacts: Map<string, string>;
  /** The payload in the v1 form, once it was found to be sound. */
  payload?: TaskPayload;
  /** When the container was made and when it had ended, milliseconds since the epoch. */
  containerStartedAt?: number;
  containerEndedAt?: number;
}

/** Everything that one claimed run needs; made when it was claimed, gone when it was reported. */
export interface TaskContext {
  readonly claim: Claim;
  readonly taskId: string;
  readonly runId: number;
  readonly identity: WorkerIdentity;
  readonly settings: WorkerSettings;
  readonly engine: Engine;
  /** Signs with the credentials of the newest claim or reclaim. */
  readonly queue: QueueClient;
  /** Told after each reclaim, with the new credentials. */
  readonly onCredentials: (listener: (credentials: Claim['credentials']) => void) => Disposable;
  readonly log: TaskLog;
  /** Aborts with a `RunAbort`. */
  readonly signal: AbortSignal;
  /** Aborts when it is too late to store anything of the run: its claim has ended, or the worker has to be gone. */
  readonly gone: AbortSignal;
  /** `task.scopes`, expanded by the Auth service. */
  readonly scopes: readonly string[];
  /** When the run was claimed, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Of this run alone, removed after it. Absolute. */
  readonly folder: string;
  readonly record: WorkerRecordWriter;
  /** Of the run: what it does is a part of it. */
  readonly span: Span;
  readonly garbage: TaskGarbage;
  readonly findings: TaskFindings;
  /** Labels of everything that is made on the engine for the run. */
  readonly labels: Readonly<Record<string, string>>;
  /** The processor core that the task has for itself, where tasks are restricted to one. */
  readonly cpuset?: string;
  /** The network of the worker's containers: isolated from each other. `gateway` is the worker's own address on it. */
  readonly network: { readonly name: string; readonly gateway: string };
}
