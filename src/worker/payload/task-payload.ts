import type { DeviceName } from '../settings.ts';

/** Where a task's image comes from. */
export type PayloadImage =
  | string
  | { readonly type: 'docker-image'; readonly name: string }
  | { readonly type: 'indexed-image'; readonly namespace: string; readonly path: string }
  | { readonly type: 'task-image'; readonly taskId: string; readonly path: string };

/** What of the container's files is kept. */
export interface PayloadArtifact {
  /** `volume`: a file or a directory, whichever is there. */
  readonly type: 'file' | 'directory' | 'volume';
  /** Absolute, in the container. */
  readonly path: string;
  /** ISO 8601. Absent: as long as the task. */
  readonly expires?: string;
}

/** A sound payload in the v1 form, with its defaults. The early form is mapped to it. */
export interface TaskPayload {
  /** Absent: see `pipeline`. */
  readonly image?: PayloadImage;
  /** What runs in the place of an image's container; its own rules are the pipelines'. */
  readonly pipeline?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly maxRunTime: number;
  /** Empty: the image's own. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly encryptedEnv: readonly string[];
  /** Container path by cache name. */
  readonly cache: Readonly<Record<string, string>>;
  readonly artifacts: Readonly<Record<string, PayloadArtifact>>;
  readonly capabilities: {
    readonly privileged: boolean;
    readonly disableSeccomp: boolean;
    readonly devices: Readonly<Partial<Record<DeviceName, boolean>>>;
  };
  readonly features: Readonly<Record<string, boolean>>;
  readonly onExitStatus: { readonly retry: readonly number[]; readonly purgeCaches: readonly number[] };
  /** Artifact name of the live log. */
  readonly log: string;
}

/** The stored log's name: `_backing` before the last extension of the last part. */
export function backingLogName(log: string): string {
  const slash = log.lastIndexOf('/');
  const dot = log.lastIndexOf('.');
  return dot > slash + 1 ? `${log.slice(0, dot)}_backing${log.slice(dot)}` : `${log}_backing`;
}

export const DEFAULT_LOG_NAME = 'public/logs/live.log';
