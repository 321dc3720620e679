import type { Migration, Row, SqlValue } from '../database.ts';
import type { DatabaseErrorCode } from '../error.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly file: string;
  readonly migrations: readonly Migration[];
}

export interface SentExecution {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  readonly rows?: number;
}

/** Batches that waited, to be committed together. */
export type Group = readonly (readonly SentExecution[])[];

/** What crosses threads of an error: class instances lose their class. */
export interface SentError {
  readonly code: DatabaseErrorCode;
  readonly message: string;
  readonly hint?: string;
}

export type BatchOutcome =
  | { readonly rows: readonly (readonly Row[])[] }
  | { readonly unmet: true }
  | { readonly error: SentError };

/** The thread's first message says how opening went, each further one what became of a group. */
export type Opened = { readonly error?: SentError };
export type GroupOutcome = readonly BatchOutcome[];

/** Asks for a copy of all in another file. */
export interface CopyOrder {
  readonly copyTo: string;
}

/** What became of it. */
export interface Copied {
  readonly error?: SentError;
}
