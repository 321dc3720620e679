import { QueueError, type QueueErrorCode } from '../error.ts';
import type { TaskRecord } from './task-record.ts';

/** What becomes of a task that something is asked of. */
export type Decision =
  | { readonly kind: 'change'; readonly to: TaskRecord }
  /** It is so already. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'refuse'; readonly error: QueueError };

export const KEEP: Decision = { kind: 'keep' };
export const change = (to: TaskRecord): Decision => ({ kind: 'change', to });
export const refuse = (code: QueueErrorCode, message: string): Decision => ({
  kind: 'refuse',
  error: new QueueError(code, message),
});
