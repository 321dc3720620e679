import {
  createPatternIndex,
  indexPattern,
  nextCandidate,
  type PatternIndex,
  patternsAt,
} from './redact-index.ts';
import { createPattern, tryPattern } from './redact-pattern.ts';
import { base64Units, textUnits } from './redact-units.ts';

/** Keeps the secrets of one run out of everything that is printed, stored or sent. */
export interface Redactor {
  /**
   * Makes a value secret from now on, for `text` and for every stream, also those already open. Its lines of at least
   * four bytes are secret on their own. Values of less than four bytes, or of white space alone, would mask half of
   * the output: they are refused with `false`. Repeating it is safe.
   */
  add(secret: string): boolean;
  /** A whole text with every occurrence replaced by `***`: a message, an event's field, an error. */
  text(text: string): string;
  /** Starts to mask one stream of bytes; streams are independent of each other. */
  stream(): RedactedStream;
}

/** One stream of output on its way through a redactor. */
export interface RedactedStream {
  /**
   * Takes the next bytes and gives back what may be shown now. Only bytes that can be the beginning of an occurrence
   * are held back; with no secrets the chunk itself comes back. What is no part of an occurrence passes unchanged.
   */
  write(bytes: Buffer): Buffer;
  /** Gives back what was held, at the end of the stream or where the output is known to rest. */
  flush(): Buffer;
}

interface RedactorOptions {
  /** Values to begin with. Those that `add` would refuse are left out. */
  readonly secrets?: Iterable<string>;
}

interface StreamState {
  /** What is not decided yet. */
  held: Buffer;
  /** How many bytes of `held` have been shown as masked already. */
  masked: number;
  /** The next masked byte needs a `***` of its own. */
  fresh: boolean;
}

const MASK = Buffer.from('***');
const MIN_SECRET_BYTES = 4;
// Longer than any environment value that Linux passes on; positions in a pattern must fit into 18 bits.
const MAX_SECRET_LENGTH = 0x20000;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes a redactor. It recognises a secret as it is, cut anywhere between two chunks, wrapped over lines anywhere, line
 * by line, and encoded: base64 at any alignment in both alphabets, percent-encoding, JSON escapes, shell quoting.
 */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  const index = createPatternIndex();
  const values = new Set<string>();
  const add = (secret: string): boolean => addSecret(index, values, secret);
  for (const secret of options.secrets ?? []) add(secret);
  return {
    add,
    text: (text) => redactText(index, text),
    stream: () => createStream(index),
  };
}

function addSecret(index: PatternIndex, values: Set<string>, secret: string): boolean {
  // White space around a value is not worth hiding, and it is often lost where the value is printed.
  const whole = secret.slice(0, MAX_SECRET_LENGTH).replace(/^[\r\n]+|[\r\n]+$/g, '');
  const trimmed = whole.trim();
  if (trimmed === '' || !isLongEnough(whole)) return false;
  const core = isLongEnough(trimmed) ? trimmed : whole;
  if (values.has(core)) return true;
  values.add(core);
  const lines = core.split(/\r?\n/).map((line) => line.trim());
  for (const text of new Set([core, ...lines])) {
    if (isLongEnough(text)) indexPattern(index, createPattern(textUnits(text)));
  }
  const bytes = Buffer.from(core);
  for (const offset of [0, 1, 2]) indexPattern(index, createPattern(base64Units(bytes, offset)));
  return true;
}

/** Line breaks do not count: they may be gone where the value is printed. */
function isLongEnough(text: string): boolean {
  return Buffer.byteLength(text.replaceAll(/\r?\n/g, '')) >= MIN_SECRET_BYTES;
}

function redactText(index: PatternIndex, text: string): string {
  if (index.patterns.length === 0) return text;
  const stream = createStream(index);
  const bytes = Buffer.from(text);
  const shown = Buffer.concat([stream.write(bytes), stream.flush()]);
  return shown.equals(bytes) ? text : shown.toString();
}

function createStream(index: PatternIndex): RedactedStream {
  const state: StreamState = { held: Buffer.alloc(0), masked: 0, fresh: true };
  return {
    write(bytes) {
      if (index.patterns.length === 0 && state.held.length === 0) return bytes;
      return advance(
        index,
        state,
        state.held.length === 0 ? bytes : Buffer.concat([state.held, bytes]),
        false,
      );
    },
    flush: () => advance(index, state, state.held, true),
  };
}

/** Shows what is decided of `data`, which begins with the bytes held before, and holds the rest. */
function advance(index: PatternIndex, state: StreamState, data: Buffer, final: boolean): Buffer {
  const shown: Buffer[] = [];
  let shownTo = state.masked;
  let hold = data.length;
  for (let at = nextCandidate(index, data, 0); at < data.length; at = nextCandidate(index, data, at + 1)) {
    const { end, open } = examine(index, data, at);
    if (end !== undefined && end > shownTo) {
      if (at >= shownTo) {
        shown.push(data.subarray(shownTo, at));
        state.fresh = true;
      }
      showMasked(state, data.subarray(Math.max(at, shownTo), end), shown);
      shownTo = end;
    }
    if (!open || final) continue;
    hold = at;
    break;
  }
  if (shownTo < hold) shown.push(data.subarray(shownTo, hold));
  shownTo = Math.max(shownTo, hold);
  state.held = Buffer.from(data.subarray(hold));
  state.masked = shownTo - hold;
  return shown.length === 1 && shown[0] !== undefined ? shown[0] : Buffer.concat(shown);
}

/** The longest occurrence of any secret that begins exactly at `at`. */
function examine(index: PatternIndex, data: Buffer, at: number): { end: number | undefined; open: boolean } {
  let end: number | undefined;
  let open = false;
  for (const pattern of patternsAt(index, data, at)) {
    const trial = tryPattern(pattern, data, at);
    open ||= trial.open;
    if (trial.end !== undefined && (end === undefined || trial.end > end)) end = trial.end;
  }
  return { end, open };
}

/** Shows bytes of an occurrence: its line breaks as they are, what is between them as one `***` each. */
function showMasked(state: StreamState, bytes: Buffer, shown: Buffer[]): void {
  for (const [at, byte] of bytes.entries()) {
    const isBreak = byte === LF || (byte === CR && bytes[at + 1] === LF);
    if (isBreak) shown.push(bytes.subarray(at, at + 1));
    else if (state.fresh) shown.push(MASK);
    state.fresh = isBreak;
  }
}
