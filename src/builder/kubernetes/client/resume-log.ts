/** One line of a log as the API gives it with `timestamps=true`. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;
/** A stamp and its blank; what is longer without one is no stamp. */
const LONGEST_STAMP = 40;
/** What is passed on of a line that has not ended: a build may print a gigabyte without a newline. */
const PIECE_CHARACTERS = 32 * 1024;

/**
 * Turns what comes of a log, perhaps over several connections, into its text without stamps: nothing twice, nothing left out.
 * A new connection begins at the second of the last line, so what was passed on already comes again and is counted off.
 */
export class LogResumer {
  /** The stamp of the last line that was begun. */
  #stamp: string | undefined;
  /** How many lines with that stamp have ended. */
  #ended = 0;
  /** Characters of the line after them that were passed on already. */
  #passed = 0;

  /** From when a new connection has to begin, as RFC 3339 in whole seconds; `undefined`: from the start. */
  get since(): string | undefined {
    return this.#stamp === undefined ? undefined : `${new Date(this.#stamp).toISOString().slice(0, 19)}Z`;
  }

  /** What one connection's bytes come to. */
  connection(): LogConnection {
    return new LogConnection(this);
  }

  /** Whether a line was passed on whole already. */
  hasPassed({ stamp, nth }: Pick<LogLine, 'stamp' | 'nth'>): boolean {
    const order = compareStamps(stamp, this.#stamp);
    return order < 0 || (order === 0 && nth < this.#ended);
  }

  /** What is new of a line that has not passed whole. */
  take({ stamp, nth, text, from, isWhole }: LogLine): string {
    if (stamp !== this.#stamp || nth !== this.#ended) this.#passed = 0;
    const news = text.slice(Math.max(0, this.#passed - from));
    this.#stamp = stamp;
    this.#ended = isWhole ? nth + 1 : nth;
    this.#passed = isWhole ? 0 : Math.max(this.#passed, from + text.length);
    return isWhole ? `${news}\n` : news;
  }
}

interface LogLine {
  readonly stamp: string;
  /** How many lines with the same stamp came before it over this connection. */
  readonly nth: number;
  /** Without the stamp. */
  readonly text: string;
  /** Where in its line the text begins. */
  readonly from: number;
  readonly isWhole: boolean;
}

/** Cuts one connection's text into lines. */
class LogConnection {
  readonly #resumer: LogResumer;
  #rest = '';
  /** The line that has begun, and how much of it was handed on. */
  #open: { readonly stamp: string; readonly nth: number; readonly from: number } | undefined;
  #last: { readonly stamp: string; readonly count: number } = { stamp: '', count: 0 };
  #isPast = false;

  constructor(resumer: LogResumer) {
    this.#resumer = resumer;
  }

  /** What is new in a piece of the answer. */
  push(piece: string): string {
    let news = '';
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) news += this.#line(line, true);
    if (this.#rest.length > PIECE_CHARACTERS) {
      news += this.#line(this.#rest, false);
      this.#rest = '';
    }
    return news;
  }

  /** What is new in a last line without a newline, where nothing comes any more. */
  end(): string {
    return this.#rest === '' ? '' : this.#line(this.#rest, false);
  }

  #line(text: string, isWhole: boolean): string {
    const open = this.#open ?? this.#begin(text);
    const shown = this.#open === undefined ? text.slice(stampLength(text)) : text;
    this.#open = isWhole ? undefined : { ...open, from: open.from + shown.length };
    // Past the point where the connection before broke, everything is new, also where the node's clock was set back.
    this.#isPast ||= !this.#resumer.hasPassed(open);
    return this.#isPast ? this.#resumer.take({ ...open, text: shown, isWhole }) : '';
  }

  #begin(text: string): { readonly stamp: string; readonly nth: number; readonly from: number } {
    const stamp = STAMPED.exec(text.slice(0, LONGEST_STAMP))?.[1] ?? this.#last.stamp;
    const count = stamp === this.#last.stamp ? this.#last.count + 1 : 1;
    this.#last = { stamp, count };
    return { stamp, nth: count - 1, from: 0 };
  }
}

const stampLength = (text: string): number => STAMPED.exec(text.slice(0, LONGEST_STAMP))?.[0].length ?? 0;

/** By the moment: runtimes write fractions of different lengths, and drop zeros at the end. */
function compareStamps(stamp: string, other: string | undefined): number {
  if (other === undefined) return 1;
  if (stamp === other) return 0;
  const [left, right] = [momentOf(stamp), momentOf(other)];
  return left.second - right.second || left.fraction.localeCompare(right.fraction, 'en');
}

function momentOf(stamp: string): { readonly second: number; readonly fraction: string } {
  const fraction = /\.(\d+)/.exec(stamp)?.[1] ?? '';
  return { second: Date.parse(stamp.replace(/\.\d+/, '')), fraction: fraction.padEnd(9, '0') };
}
