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

/** The bytes of an object that is no larger than it said. */
async function bytesOf(content: ObjectContent): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(content.object.sizeBytes);
  let used = 0;
  for await (const chunk of content) {
    bytes.set(chunk, used);
    used += chunk.length;
  }
  return bytes.subarray(0, used);
}

// An empty object takes three bytes of text and fifty of memory: 64 MiB of them would be more than a process has. The largest
// manifest has 2,500,000 values.
const MAX_VALUES = 5_000_000;
const [COMMA, LIST, MAP] = [0x2c, 0x5b, 0x7b];

/** Whether there cannot be more values in a text of JSON than may be; what looks like more in texts counts too. */
function hasFewValues(bytes: Buffer): boolean {
  if (bytes.length <= MAX_VALUES) return true; // so that most are not looked through
  let values = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === COMMA || byte === LIST || byte === MAP) values += 1;
  }
  return values <= MAX_VALUES;
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
  const bytes = await bytesOf(content);
  if (!hasFewValues(bytes)) throw damaged(`it has more than ${MAX_VALUES} values`);
  const value = parse(bytes.toString());
  if (value instanceof Error) throw damaged(value.message);
  const parsed = (await schema()).safeParse(value);
  if (!parsed.success) throw damaged(firstIssue(parsed.error));
  return parsed.data;
}
