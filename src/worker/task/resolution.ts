import type { ReportedReason } from '../../queue-api/index.ts';

/** What a worker reports of a run. `none`: somebody else has resolved it. */
export type Resolution =
  | { readonly type: 'completed' }
  | { readonly type: 'failed' }
  | { readonly type: 'exception'; readonly reason: ReportedReason }
  | { readonly type: 'none' };

/** Why a run is ended before its time; the reason of its abort signal. */
export class RunAbort extends Error {
  override readonly name = 'RunAbort';
  /** `canceled`: resolved by somebody else, by a cancelation, its deadline or a lapsed claim. */
  readonly reason: 'canceled' | 'worker-shutdown' | 'internal-error' | 'resource-unavailable';

  constructor(reason: RunAbort['reason']) {
    super(reason);
    this.reason = reason;
  }
}
