export type KubernetesErrorCode =
  | 'INVALID_CONFIG' // the kubeconfig, or what it names
  | 'UNREACHABLE' // nobody answers, or not to the end
  | 'REFUSED' // the API server answers that it will not; `status` and `reason` say why
  | 'PROTOCOL'; // an answer that makes no sense

export interface KubernetesErrorOptions {
  readonly cause?: unknown;
  /** The status of the answer. */
  readonly status?: number;
  /** The API's word for it: `AlreadyExists`, `Forbidden`. */
  readonly reason?: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
}

/** Why a call to a cluster failed. Its message names no token and no query. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly code: KubernetesErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number;

  constructor(code: KubernetesErrorCode, message: string, options: KubernetesErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** Whether the API server answered with this status. */
export const isRefusal = (error: unknown, status: number): boolean =>
  error instanceof KubernetesError && error.code === 'REFUSED' && error.status === status;

/** The sentence of an error that is ours, or what the system says. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
