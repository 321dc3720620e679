/** What a container is started with. */
export interface StartedContainer {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Text of each mounted file, by its path. */
  readonly files: ReadonlyMap<string, string>;
  readonly print: (text: string) => void;
  /** Aborts when the pod has to go. */
  readonly signal: AbortSignal;
}

export interface EndedContainer {
  readonly exitCode: number;
  /** What was written to the file of the termination message. */
  readonly message?: string;
  readonly reason?: string;
}

/** Runs containers in the place of a node. */
export type Executor = (container: StartedContainer) => Promise<EndedContainer>;
