import { UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';

/** A flag that says `NAME=VALUE`, or `NAME=PATH`, and may be repeated. Throws `UsageError` for one without a name, or the same name twice. */
export function readPairs(
  flags: FlagValues,
  flag: string,
  value: 'VALUE' | 'PATH',
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const text of flags.all(flag)) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`--${flag}: expected NAME=${value}, found "${text.slice(0, 80)}"`);
    const name = text.slice(0, equals);
    if (pairs.has(name)) throw new UsageError(`--${flag}: "${name}" is given twice`);
    pairs.set(name, text.slice(equals + 1));
  }
  return pairs;
}
