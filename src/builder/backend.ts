import type { BuildPhase, RuntimeKind } from './build.ts';
import type { Destination } from './destination.ts';

/** What a build is made from: text files only, and small, since a ConfigMap has to take them. */
export interface BuildContext {
  readonly dockerfile: string;
  /** By name in the context, without folders: the requirement file and the script that installs it. */
  readonly files: Readonly<Record<string, string>>;
}

/** One build as a backend gets it. Everything in it was checked; nothing of it may pass through a shell. */
export interface BuildWork {
  readonly id: string;
  readonly jobName: string;
  readonly user: string;
  readonly kind?: RuntimeKind;
  /** The image after FROM, as a name with its digest where that is known. */
  readonly source: string;
  readonly context: BuildContext;
  /** `user:tag`, below the destination's hosts. */
  readonly target: { readonly repository: string; readonly tag: string };
  readonly destination: Destination;
  /** Of the image, beside those of its source. */
  readonly labels: Readonly<Record<string, string>>;
  /** Uses no layer that an earlier build left. */
  readonly noCache: boolean;
  /** After this long the backend ends it by itself, in case that the server is gone. */
  readonly timeLimitMs: number;
}

/** What happens meanwhile; calls are in order and never throw. */
export interface BuildProgress {
  /** What the build prints; whole lines are not promised. Resolves when more may come. */
  write(text: string): Promise<void>;
  phase(phase: BuildPhase): void;
}

export interface BuildOutcome {
  /** `sha256:…` of the manifest as the registry has it. */
  readonly digest: string;
}

/**
 * What builds images and pushes them. Two implementations, `docker/` (an Engine with BuildKit) and `kubernetes/` (a Job with
 * a rootless BuildKit), pass `contract.ts`. All calls may be made at the same time. Failures are `BuildError`, with the
 * reason that the build ends with; an aborted signal ends what goes on and rejects with `signal.reason`. Only where that is a
 * `ServerStopping` does a backend that `goesOnAlone` leave it, and reject the same.
 */
export interface BuildBackend extends AsyncDisposable {
  readonly name: 'docker' | 'kubernetes';
  /** Whether its builds go on while no server looks at them; `build` with the same id then takes one over. @defaultValue false */
  readonly goesOnAlone?: boolean;
  /** Where images of a user go, by the rules of `docs/contracts/builder.md`. `BuildError` where nobody said it. */
  destination(userEnvironment: Readonly<Record<string, string>>, user: string): Promise<Destination>;
  /**
   * The manifest that a name means now, `sha256:…`; what is on this machine already counts where the backend works that way.
   * `BuildError`: `source-not-found`, `source-refused`, `registry-unreachable`.
   */
  sourceDigest(source: string, options: SourceOptions): Promise<string>;
  /**
   * Builds and pushes. May be called again for the same id, by another process, after the first was lost: what goes on under
   * that id is then taken over or begun anew, never done twice at once. Whatever it made on the way is gone when it settles,
   * the caches excepted; after a crash `removeLeftovers` does that.
   */
  build(work: BuildWork, progress: BuildProgress, signal: AbortSignal): Promise<BuildOutcome>;
  /**
   * Removes what builds that are not among `goingOn` (ids) left; returns how many of them there were. What was made within the last
   * minute is left alone: another server may have begun a build since the ids were read.
   */
  removeLeftovers(goingOn: ReadonlySet<string>): Promise<number>;
  /** Whether it can build now, and what it is, for health and `capabilities`. Never throws. */
  check(): Promise<BackendCheck>;
}

export interface SourceOptions {
  readonly destination: Destination;
  /** Ask the registry although the image is on this machine. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
}

export interface BackendCheck {
  readonly isWell: boolean;
  /** `Docker Engine 28.2.2 (BuildKit)`, or why it cannot build. */
  readonly about: string;
}
