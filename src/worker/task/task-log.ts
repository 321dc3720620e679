/**
 * The log of one run. What is written passes the redactor, then goes to every sink (live log, stored log, chain of trust), in
 * order; it is kept on disk meanwhile, so that sinks that come late get it from the beginning.
 */
export interface TaskLog {
  /** `[taskcluster <time>Z] <text>` and a line end. */
  line(text: string): void;
  /** A line end, `[taskcluster:error] <text>`, a line end. */
  error(text: string): void;
  /** As it is, among the worker's own lines. */
  text(text: string): void;
  /**
   * Bytes as they come; resolves when more may come. Beyond the limit the rest is dropped and one error line says so.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** No secret of these is ever written. */
  addSecrets(secrets: readonly string[]): void;
  /** From `start` (bytes) on; `follow`: until the log is ended. May be called often, also after the end. */
  read(options: {
    readonly start?: number;
    readonly follow: boolean;
    readonly signal?: AbortSignal;
  }): AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
  /** Resolves when all is on disk; nothing is taken after it. */
  end(): Promise<void>;
}
