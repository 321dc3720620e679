/**
 * What a statement is given and gives back. Bytes are `Uint8Array`; moments are milliseconds since the epoch, as numbers.
 * Whole numbers come back as numbers; a boolean column comes back as 1 and 0 from SQLite, so read it with `Boolean(…)`.
 */
export type SqlValue = string | number | bigint | boolean | null | Uint8Array;

/** A row by its columns' names. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * One SQL text for each database where they differ. Parameters are `$1`, `$2`, … in both. A statement is made once, at
 * the top of a module, and used often: databases prepare it under its identity.
 */
export interface Statement {
  readonly sqlite: string;
  readonly postgres: string;
}

/** A statement with its values, and what must be true of its answer. */
export interface Execution {
  readonly statement: Statement;
  readonly values: readonly SqlValue[];
  /** How many rows it has to return or change; otherwise nothing of its batch happens. Absent: any. */
  readonly rows?: number;
}

/** The answers of a batch in its order; `undefined` where an execution did not have its `rows`: then nothing happened. */
export type BatchResult = readonly (readonly Row[])[] | undefined;

/**
 * SQLite in a file, or PostgreSQL. Both pass `contract.ts`. There are no open transactions: what belongs together is one
 * batch, which happens whole or not at all and survives a crash once it is acknowledged; what a decision was based on is
 * guarded by `rows`. Every call throws `DatabaseError` and nothing else; `UNAVAILABLE` means that it may have happened or
 * not, so what is called again after it has to be repeatable.
 */
export interface Database extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres';
  /** Where it is, for messages: the file, or the URL without its password. */
  readonly name: string;
  query<T extends Row = Row>(statement: Statement, values?: readonly SqlValue[]): Promise<readonly T[]>;
  batch(executions: readonly Execution[]): Promise<BatchResult>;
  /**
   * Tells all listeners of a channel, in this process at once and in every other that has the database open. At most once
   * each: after a lost connection listeners are told `undefined`, and look themselves. Payloads are at most 1,000 bytes.
   */
  notify(channel: string, payload: string): void;
  listen(channel: string, listener: (payload: string | undefined) => void): Disposable;
  /** Whether it answers now. */
  isWell(): Promise<boolean>;
  /**
   * Writes all of it to a file that is not there yet: what was acknowledged before the call, and some of what comes meanwhile.
   * Writes go on. Absent: the database is no file, and has programs of its own for that. One at a time.
   */
  copyTo?(file: string): Promise<void>;
}

/** Where a database is. */
export type DatabaseLocation =
  | { readonly type: 'sqlite'; readonly file: string }
  | {
      readonly type: 'postgres';
      /** `postgres://user:password@host:port/database`, with `sslmode`, `sslrootcert`, `sslcert`, `sslkey` as libpq has them. */
      readonly url: string;
      /** At most that many at once, beside one that listens. @defaultValue 8 */
      readonly connections?: number;
    };

/** A step forward of one capability's tables; steps are numbered from 1 within a capability, and never changed once released. */
export interface Migration {
  readonly capability: string;
  readonly version: number;
  readonly about: string;
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
}
