import type { Segment } from './parse-line.ts';

/** What the page asks of the thread that holds a log. Lines are counted from 0, and the last one of a range is not in it. */
export type LogRequest =
  | { readonly kind: 'open'; readonly url: string; readonly keptBytes?: number }
  | { readonly kind: 'lines'; readonly id: number; readonly from: number; readonly to: number }
  | { readonly kind: 'text'; readonly id: number; readonly from: number; readonly to: number }
  /** Which lines the bytes at these places belong to. */
  | { readonly kind: 'places'; readonly id: number; readonly offsets: readonly number[] }
  /** Takes the place of the search before it; an empty text ends that. */
  | { readonly kind: 'search'; readonly id: number; readonly query: LogQuery }
  /** Connect again now, instead of later. */
  | { readonly kind: 'retry' }
  /** Nobody looks: browsers have few connections for all their tabs, and this one may have that of the log. */
  | { readonly kind: 'rest' };

export interface LogQuery {
  readonly text: string;
  readonly isRegExp: boolean;
  readonly isCaseSensitive: boolean;
}

/** What the thread says. */
export type LogReport =
  | { readonly kind: 'state'; readonly state: LogState }
  | { readonly kind: 'lines'; readonly id: number; readonly from: number; readonly lines: readonly LogLine[] }
  | { readonly kind: 'text'; readonly id: number; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'places'; readonly id: number; readonly lines: readonly number[] }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'found'; readonly id: number; readonly found: Found };

export interface LogState {
  readonly lines: number;
  readonly sizeBytes: number;
  /** What the server said the log has; absent where it did not. */
  readonly totalBytes?: number;
  /** As much of it as is in memory. */
  readonly keptBytes: number;
  /** `waiting`: nothing has come yet; `ended`: no more comes. */
  readonly phase: 'waiting' | 'reading' | 'following' | 'cut' | 'ended' | 'refused';
  /** Why it was cut or refused. */
  readonly message?: string;
}

/** A line as it is shown. */
export interface LogLine {
  readonly segments: readonly Segment[];
  /** So many bytes of it are not shown: it is too long. */
  readonly leftOutBytes?: number;
}

/** What a search has found so far. */
export interface Found {
  /** Three numbers each: line, and from where to where in its shown text; at most `MAX_MATCHES` of them. */
  readonly matches: Uint32Array<ArrayBuffer>;
  /** All of them. */
  readonly count: number;
  readonly searchedLines: number;
  readonly isDone: boolean;
  /** Why it goes no further: what was asked for is no expression, or takes too long. */
  readonly problem?: string;
}

export const MAX_MATCHES = 100_000;
