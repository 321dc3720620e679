/** How patient the client is, and how much it holds. */
export interface OciLimits {
  readonly connectTimeoutMs: number;
  /** From the last byte of a request to the headers of its answer. */
  readonly answerTimeoutMs: number;
  /** Without a byte of a body, in either direction. */
  readonly stallTimeoutMs: number;
  /** For removing what was left behind, which nobody waits for but whoever stops. */
  readonly cleaningTimeoutMs: number;
  /** A call is made once more after each of them, where that can help and does no harm. */
  readonly retryPausesMs: readonly number[];
  /** Of an upload in parts. What is smaller goes up in one request. */
  readonly partBytes: number;
  /** Parts that go up at the same time; one more is gathered meanwhile. */
  readonly partsAtOnce: number;
}

export const DEFAULT_LIMITS: OciLimits = {
  connectTimeoutMs: 10_000,
  answerTimeoutMs: 60_000, // joining thousands of parts takes the service a while
  stallTimeoutMs: 30_000,
  cleaningTimeoutMs: 10_000,
  retryPausesMs: [250, 1000, 3000],
  partBytes: 16 * 1024 * 1024, // the service advises 10 MiB and more; 10,000 of them are 156 GiB
  partsAtOnce: 2, // so that 48 MiB are held
};

/** Of the service. */
export const MAX_PARTS = 10_000;
