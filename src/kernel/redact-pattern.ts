import { ANY_CASE, type Code, type Unit } from './redact-units.ts';

/** One secret in one form: its characters one after another, with at most one line break between any two bytes. */
export interface Pattern {
  readonly units: readonly Unit[];
  readonly start: readonly State[];
  /** No occurrence has fewer bytes. */
  readonly minBytes: number;
}

/**
 * Where a match stands: unit, form of the unit, byte of the form, and whether a line break may come here, packed into
 * one number, because candidates are examined by the million.
 */
export type State = number;

/** What a pattern says of the bytes from some place on. */
interface Trial {
  /** Where the longest occurrence ends; absent: there is none. */
  readonly end: number | undefined;
  /** The bytes ran out while an occurrence, or a longer one, was still possible. */
  readonly open: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
// The lowest two bits of a state.
const BREAK_ALLOWED = 0;
const AFTER_CR = 1;
const NO_BREAK = 2;
const BREAK_MASK = 3;
// The longest form, four bytes in octal, has 16 bytes; a unit has at most 34 forms (16 base64 characters, two of them in 5 forms).
const BYTE_SHIFT = 2;
const FORM_SHIFT = 7;
const UNIT_SHIFT = 13;

export function createPattern(units: readonly Unit[]): Pattern {
  const start: State[] = [];
  enterUnit(units, 0, start);
  const minBytes = units.reduce((sum, unit) => sum + Math.min(...unit.map((form) => form.length)), 0);
  return { units, start: start.map((state) => state | NO_BREAK), minBytes };
}

/** Examines the bytes from `from` on for an occurrence that begins exactly there. */
export function tryPattern(pattern: Pattern, data: Buffer, from: number): Trial {
  let states: readonly State[] = pattern.start;
  let end: number | undefined;
  for (let at = from; at < data.length; at += 1) {
    const next: State[] = [];
    // The loop's bound keeps the index inside.
    if (step(pattern, states, data[at] as number, next)) end = at + 1;
    if (next.length === 0) return { end, open: false };
    states = next;
  }
  return { end, open: true };
}

/** Takes one byte: puts the states after it into `next` and says whether an occurrence is complete with it. */
function step(pattern: Pattern, states: readonly State[], byte: number, next: State[]): boolean {
  let complete = false;
  for (const state of states) {
    const breakState = state & BREAK_MASK;
    if (byte === LF && breakState !== NO_BREAK) next.push((state & ~BREAK_MASK) | NO_BREAK);
    if (byte === CR && breakState === BREAK_ALLOWED) next.push(state | AFTER_CR);
    if (breakState !== AFTER_CR && matches(byte, expectedCode(pattern, state))) {
      complete = advance(pattern, state, next) || complete;
    }
  }
  return complete;
}

function matches(byte: number, code: Code): boolean {
  return byte === code || ((code & ANY_CASE) !== 0 && (byte | 0x20) === (code & 0xff));
}

function expectedCode(pattern: Pattern, state: State): Code {
  // States are only made for forms that exist, at bytes inside of them.
  return formOf(pattern.units, state)[(state >> BYTE_SHIFT) & 31] as Code;
}

function formOf(units: readonly Unit[], state: State): readonly Code[] {
  // As above.
  return (units[state >> UNIT_SHIFT] as Unit)[(state >> FORM_SHIFT) & 63] as readonly Code[];
}

function advance(pattern: Pattern, state: State, next: State[]): boolean {
  const after = ((state >> BYTE_SHIFT) & 31) + 1;
  if (after < formOf(pattern.units, state).length) {
    push(next, (state & ~(BREAK_MASK | (31 << BYTE_SHIFT))) | (after << BYTE_SHIFT));
    return false;
  }
  return enterUnit(pattern.units, (state >> UNIT_SHIFT) + 1, next);
}

/** Adds the states at the beginning of a unit, and of the next one where it may be absent; true after the last one. */
function enterUnit(units: readonly Unit[], index: number, next: State[]): boolean {
  const unit = units[index];
  if (unit === undefined) return true;
  let complete = false;
  for (const [form, bytes] of unit.entries()) {
    if (bytes.length > 0) push(next, (index << UNIT_SHIFT) | (form << FORM_SHIFT));
    else complete = enterUnit(units, index + 1, next) || complete;
  }
  return complete;
}

function push(states: State[], state: State): void {
  if (!states.includes(state)) states.push(state);
}
