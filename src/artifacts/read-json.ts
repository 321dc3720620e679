import type { z } from 'zod';
import type { ObjectContent, ObjectStore } from '../store/index.ts';
import { ArtifactError } from './error.ts';

export interface ReadJsonOptions<T> {
  /** For messages: `the manifest of output.tar`. */
  readonly what: string;
  readonly maxBytes: number;
  /** Loads the schema; reading is what zod is loaded for. */
  readonly schema: () => Promise<z.ZodType<T>>;
  readonly signal?: AbortSignal;
}

/** The text of an object that is no larger than it said. */
async function textOf(content: ObjectContent): Promise<string> {
  const bytes = Buffer.allocUnsafe(content.object.sizeBytes);
  let used = 0;
  for await (const chunk of content) {
    bytes.set(chunk, used);
    used += chunk.length;
  }
  return bytes.toString('utf8', 0, used);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** Where the first thing is that the schema does not know, and what it is. */
function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const place = issue?.path.map(String).join('.');
  return `${place ? `${place}: ` : ''}${issue?.message ?? 'not what was expected'}`;
}

/**
 * An object of JSON that has passed its schema; `undefined` where there is none. Throws `CORRUPT` for one that is too
 * large or is something else, and `StoreError`.
 */
export async function readJson<T>(
  store: ObjectStore,
  key: string,
  { what, maxBytes, schema, signal }: ReadJsonOptions<T>,
): Promise<T | undefined> {
  const damaged = (why: string): ArtifactError =>
    new ArtifactError('CORRUPT', `${what} in ${store.name} is damaged: ${why} (${key})`);
  await using content = await store.open(key, signal === undefined ? {} : { signal });
  if (content === undefined) return undefined;
  const { sizeBytes } = content.object;
  if (sizeBytes > maxBytes) throw damaged(`it has ${sizeBytes} bytes, expected at most ${maxBytes}`);
  const value = parse(await textOf(content));
  if (value instanceof Error) throw damaged(value.message);
  const parsed = (await schema()).safeParse(value);
  if (!parsed.success) throw damaged(firstIssue(parsed.error));
  return parsed.data;
}
