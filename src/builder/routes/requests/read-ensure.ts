import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { EnsureRequest } from '../../builder.ts';
import type { Catalog } from '../catalog.ts';
import { RouteError } from '../route-error.ts';
import { expectRequirements } from './check-file.ts';
import { shown, unknownFields } from './read-json.ts';
import { objectOf } from './read-start.ts';

const MAX_BASE64 = 750_000;
const MAX_BYTES = 512 * 1024;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The body of `ensure`; what else is in it is ignored. */
export const EnsureBody = z.object({
  builder: z.string().meta({ description: 'an id of the catalogue' }),
  file: z.string().meta({ description: 'the requirement file, in base64' }),
  retry: z
    .boolean()
    .optional()
    .meta({ description: 'start it once more where it failed before', default: true }),
  user: z.string().optional().meta({ description: 'whose image, where the caller is no user' }),
});

export interface ReadEnsure {
  readonly request: EnsureRequest;
  readonly user?: string;
  readonly warnings: readonly string[];
}

/** Reads the body of `ensure`. Throws `RouteError`. */
export function readEnsure(body: unknown, catalog: Catalog): ReadEnsure {
  if (body === null) throw new RouteError(400, 'No JSON payload provided');
  const fields = objectOf(body, 'build');
  const parsed = EnsureBody.safeParse(fields);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0]?.path[0]);
    const expected = name === 'retry' ? 'true or false' : 'a text';
    const detail = `${name}: expected ${expected}, found ${shown(Reflect.get(fields, name))}`;
    throw new RouteError(400, `Invalid ${name} for the build.`, { detail });
  }
  const { builder, file, retry = true, user } = parsed.data;
  const entry = catalog.get(builder);
  if (entry === undefined) throw new RouteError(400, `Unknown builder: ${shown(builder)}`);
  const text = decoded(file);
  expectRequirements(entry.kind, text);
  return {
    request: { ...entry, builderId: builder, file: text, retry },
    ...(user !== undefined && { user: user.toLowerCase() }),
    warnings: unknownFields(fields, EnsureBody.shape),
  };
}

function decoded(file: string): string {
  if (file === '') throw new RouteError(400, 'Build file must be a non-empty base64 string');
  if (file.length > MAX_BASE64) throw new RouteError(400, 'Build file is too large');
  const bytes = Buffer.from(file, 'base64');
  if (!BASE64.test(file) || !isUtf8(bytes))
    throw new RouteError(400, 'Build file must be valid base64-encoded UTF-8 text');
  if (bytes.length > MAX_BYTES) throw new RouteError(400, 'Decoded build file is too large');
  return bytes.toString();
}
