import { UsageError } from './exit-code.ts';
import type { FlagValues } from './flag-values.ts';

const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };
const SIZE = /^(\d{1,15}(?:\.\d+)?)\s*([kmgt]?)i?b?$/i;

/** The word for no bound. */
export const UNLIMITED = 'unlimited';

/**
 * A flag's number of bytes: `500MB`, `10GiB`, `1.5g`, powers of 1024 under every name; `unlimited` is infinite.
 * `undefined` where it is not given. Throws `UsageError`.
 */
export function readSize(flags: FlagValues, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  if (text === UNLIMITED) return Number.POSITIVE_INFINITY;
  const [, amount = '', unit = ''] = SIZE.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(amount) * 1024 ** (POWERS[unit.toLowerCase()] ?? 0));
  if (amount !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`--${name}: expected a size such as 20GiB, or ${UNLIMITED}, found "${text}"`);
}
