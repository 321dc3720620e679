import { z } from 'zod';
import { RouteError } from '../route-error.ts';
import { shown, unknownFields } from './read-json.ts';
import { objectOf } from './read-start.ts';

const DEFAULT_HOURS = 24;
// More than a century: nobody means that.
const MAX_HOURS = 1_000_000;
const HOUR_MS = 3_600_000;
const WHOLE = /^\s*[+-]?\d{1,15}\s*$/;

/** The body of `cleanup`; what else is in it is ignored. */
export const CleanupBody = z.object({
  max_age_hours: z
    .union([z.number(), z.string()])
    .optional()
    .meta({ description: 'how long ago a build has to have ended, in hours; also as a text', default: 24 }),
  user: z.string().optional().meta({ description: 'whose builds, where the caller is no user' }),
});

export interface ReadCleanup {
  readonly maxAgeMs: number;
  readonly user?: string;
  readonly warnings: readonly string[];
}

/** Reads the body of `cleanup`. Throws `RouteError`. */
export function readCleanup(body: unknown): ReadCleanup {
  const fields = objectOf(body, 'cleanup');
  if (Array.isArray(fields)) {
    throw new RouteError(400, 'The body is not an object.', { detail: 'expected an object, found a list' });
  }
  const parsed = CleanupBody.safeParse(fields);
  if (!parsed.success) throw invalid(fields, String(parsed.error.issues[0]?.path[0]));
  const { max_age_hours: hours = DEFAULT_HOURS, user } = parsed.data;
  const whole =
    typeof hours === 'number' ? Math.trunc(hours) : WHOLE.test(hours) ? Number(hours) : Number.NaN;
  if (!(Math.abs(whole) <= MAX_HOURS)) throw invalid(fields, 'max_age_hours');
  return {
    maxAgeMs: whole * HOUR_MS,
    ...(user !== undefined && { user: user.toLowerCase() }),
    warnings: unknownFields(fields, CleanupBody.shape),
  };
}

function invalid(fields: object, name: string): RouteError {
  const expected = name === 'user' ? 'a login' : `a whole number of hours, at most ${MAX_HOURS}`;
  const detail = `${name}: expected ${expected}, found ${shown(Reflect.get(fields, name))}`;
  return new RouteError(400, `Invalid ${name} for the cleanup.`, { detail });
}
