import { z } from 'zod';
import { parseImageName } from '../../registry/index.ts';
import type { RuntimeKind } from '../build.ts';

/** What may be asked of `ensure`: an image and its kind, by id. */
export type Catalog = ReadonlyMap<string, { readonly kind: RuntimeKind; readonly source: string }>;

const Entries = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9._:-]{0,62}$/, 'an id has up to 63 of a-z, 0-9 and ._:-'),
  z.object({
    kind: z.enum(['go', 'java', 'nodejs', 'php', 'python', 'ruby', 'dotnet']),
    source: z.string().refine((text) => parseImageName(text).ok, 'expected the name of an image'),
  }),
);
const Document = z.union([z.object({ builders: Entries }).transform(({ builders }) => builders), Entries]);

/** Reads a catalogue, `{"builders": {"ID": {"kind", "source"}}}`, with or without what is around it. Throws `Error`. */
export function parseCatalog(text: string): Catalog {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const isWrapped = typeof value === 'object' && value !== null && 'builders' in value;
  const read = (isWrapped ? Document : Entries).safeParse(value);
  if (read.success) return new Map(Object.entries(read.data));
  const { path = [], message = '' } = read.error.issues[0] ?? {};
  throw new Error(`${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
}
