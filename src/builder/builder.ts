import type { ImageReport } from './attest/image-report.ts';
import type { BackendCheck } from './backend.ts';
import type { Build, BuildRequest, BuildState } from './build.ts';

/** A user of the builder, as who calls is known. */
export interface BuilderUser {
  /** In lower case. */
  readonly login: string;
  /** Their variables, `userenv` over `env`: `REGISTRY_HOST`, `REGISTRY_SECRET`. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Which images of the registry that images go to they may extend; `all`: whoever calls may see the builds of everybody, or
   * the operator has listed the sources. @defaultValue `own`
   */
  readonly sources?: 'own' | 'all';
}

export interface BuildFilter {
  /** Absent: of everybody. */
  readonly user?: string;
  readonly states?: readonly BuildState[];
  /** From 1 to 1000. @defaultValue 100 */
  readonly limit?: number;
  /** What the page before gave. */
  readonly continuationToken?: string;
}

export interface BuildPage {
  /** Newest first. */
  readonly builds: readonly Build[];
  readonly continuationToken?: string;
}

export interface LogOptions {
  /** In bytes. @defaultValue 0 */
  readonly start?: number;
  /** Until the build has ended; otherwise what is there now. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/**
 * Builds of images: a queue that is fair between users, what became of each build, and its log. Every call may be made at
 * the same time as every other, by several servers that share a database; what was acknowledged survives a crash. Refusals
 * are `BuilderError`. Who may call what is the routes' business.
 */
export interface Builder extends AsyncDisposable {
  /**
   * Takes a build and answers at once, within milliseconds and before anything was built; with `state: 'succeeded'` where
   * the image is there already under the target's name and the same request made it (unless `force`).
   * `INVALID`, `LIMIT`, `NOT_CONFIGURED`.
   */
  start(user: BuilderUser, request: BuildRequest): Promise<Build>;
  /**
   * The build of a content key: one that goes on or has succeeded is given back, one is started where there is none, or where
   * it failed and `retry` is set. The tag is chosen here: `<kind>-<20 hexadecimal digits>`. `FAILED_BEFORE`.
   */
  ensure(user: BuilderUser, request: EnsureRequest): Promise<Build>;
  /** By id, or by key the newest of that user. `undefined`: none. */
  find(idOrKey: string, user?: string): Promise<Build | undefined>;
  list(filter: BuildFilter): Promise<BuildPage>;
  /** Resolves as soon as the build has ended, or with what it is when the signal aborts. `NOT_FOUND`. */
  waitEnded(id: string, signal: AbortSignal): Promise<Build>;
  /** Ends it; one that has ended stays as it is. Resolves when nothing of it goes on any more. `NOT_FOUND`. */
  cancel(id: string): Promise<Build>;
  /** The stored log, and what comes. Several may follow the same. `NOT_FOUND`. */
  log(id: string, options: LogOptions): AsyncIterable<Uint8Array>;
  /** What the image has in it, and how large that is. `undefined`: not known (yet). */
  report(id: string): Promise<ImageReport | undefined>;
  /**
   * Removes records, logs and what a backend still has of the user's builds that ended longer than `maxAgeMs` ago; those that
   * go on are skipped. Images in the registry are untouched. Returns how many.
   */
  cleanUp(user: string, maxAgeMs: number): Promise<number>;
  counts(): Promise<BuildCounts>;
  /**
   * Tells what changes from now on, on whichever server; `undefined`: some may have been missed. Listeners are called at once, and do
   * not throw.
   */
  onChange(listener: (change: BuildChange | undefined) => void): Disposable;
  /** Of the backend. */
  check(): Promise<BackendCheck>;
}

/** A build has another state. */
export interface BuildChange {
  readonly buildId: string;
  readonly state: BuildState;
}

export interface EnsureRequest {
  readonly source: string;
  readonly kind: BuildRequest['kind'] & string;
  readonly file: string;
  /** The entry of the catalogue, which is a part of the key. */
  readonly builderId: string;
  /** Starts it once more where it failed. @defaultValue false */
  readonly retry?: boolean;
}

/** How many builds there are, for metrics. */
export interface BuildCounts {
  readonly queued: number;
  readonly running: number;
}

/** What one user may. */
export interface UserLimits {
  /** Builds that wait. @defaultValue 100 */
  readonly maxQueued: number;
  /** Builds at the same time, over all servers. @defaultValue 2 */
  readonly maxRunning: number;
}
