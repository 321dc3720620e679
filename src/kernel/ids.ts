import { randomBytes } from 'node:crypto';

const COUNTER_LIMIT = 2 ** 24;

interface ProcessPart {
  /** Ten hex digits: the same in every id of this process, another one in the next. */
  readonly random: string;
  counter: number;
}

// Drawn at the first id: importing this file does no work.
let processPart: ProcessPart | undefined;

/**
 * Makes the id of a new run: 24 hex digits in the shape of a Mongo ObjectId, so that ids of one process sort by age
 * and whatever already expects such an id takes it. Two ids are never the same.
 *
 * @param nowMs - milliseconds since 1970; only whole seconds go into the id
 */
export function newRunId(nowMs: number = Date.now()): string {
  processPart ??= { random: randomBytes(5).toString('hex'), counter: randomBytes(3).readUIntBE(0, 3) };
  processPart.counter = (processPart.counter + 1) % COUNTER_LIMIT;
  const seconds = Math.floor(nowMs / 1000) % 2 ** 32;
  return hex(seconds, 8) + processPart.random + hex(processPart.counter, 6);
}

/**
 * Whether a text may be one part of a path and of a container's name: letters, digits, `_`, `.` and `-`, beginning
 * with a letter or digit, at most 128 characters. Ids that came from outside pass through this before they are used.
 */
export function isSafeId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(text);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
