import { DURATION_EXAMPLES, parseDuration } from '../../kernel/index.ts';
import { UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';

/** A flag's time span in milliseconds. Throws `UsageError`. */
export function readSpan(flags: FlagValues, name: string, defaultMs: number): number {
  const text = flags.text(name);
  if (text === undefined) return defaultMs;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--${name}: expected ${DURATION_EXAMPLES}, found "${text}"`);
  return ms;
}

const DAY_MS = 86_400_000;

/** When a task is created, has to have ended, and is forgotten, counted from now. */
export function readTimes(flags: FlagValues, now: number) {
  const created = new Date(now).toISOString();
  const deadline = now + readSpan(flags, 'deadline', DAY_MS);
  const expires = now + readSpan(flags, 'expires', 30 * DAY_MS);
  if (expires < deadline)
    throw new UsageError('--expires comes before --deadline: a task is kept until then');
  return { created, deadline: new Date(deadline).toISOString(), expires: new Date(expires).toISOString() };
}
