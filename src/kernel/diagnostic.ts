/** A place in a text file. Lines and columns count from 1, in UTF-16 code units; offsets from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** From `start` up to but not including `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/**
 * One mistake in a file that a person wrote.
 *
 * An `error` keeps what it belongs to from running; a `warning` does not, and says what will happen instead.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case, for machines: `unknown-key`, `wrong-type`. */
  readonly code: string;
  /** One sentence: what is wrong, with what was expected and what was found. */
  readonly message: string;
  /** As the person named it, for printing. */
  readonly file: string;
  /** Absent where the whole file is meant: it is empty, too large, or not there. */
  readonly range?: Range;
  /** What to do, one sentence: `did you mean "services"?` */
  readonly hint?: string;
  /** The pipeline that the mistake is inside of; absent where it concerns the whole file. */
  readonly pipeline?: string;
  /** The workflow that the mistake is inside of, empty for one without a name; it keeps no pipeline from running. */
  readonly workflow?: string;
}
