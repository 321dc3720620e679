import type { z } from 'zod';
import { StoreError } from '../error.ts';
import type { HttpAnswer } from './exchange.ts';

/** Takes from an answer what is wanted of it; `what` is for messages. Throws `ExchangeError`, and `PROTOCOL`. */
export type ReadAnswer<T> = (answer: HttpAnswer, what: string) => Promise<T>;

const MAX_JSON_BYTES = 16 * 1024 * 1024; // a page names at most 1000 objects, and a name has at most 1 KiB

/** The answer as it is: its body is read later, or discarded. */
export const asItIs: ReadAnswer<HttpAnswer> = async (answer) => answer;

/** Looks at an answer whose body is read later; where that throws nobody reads it, and its connection is let go. */
export function orDiscard<T>(answer: HttpAnswer, look: () => T): T {
  try {
    return look();
  } catch (error) {
    answer.discard();
    throw error;
  }
}

/** Only the headers; the body is read away, so that the connection can be used again. */
export const headersOnly: ReadAnswer<HttpAnswer> = async (answer) => {
  await readText(answer, MAX_JSON_BYTES);
  return answer;
};

/** The body, by its schema. */
export const json =
  <T>(schema: z.ZodType<T>): ReadAnswer<T> =>
  async (answer, what) => {
    const parsed = schema.safeParse(parseJson(await readText(answer, MAX_JSON_BYTES)));
    if (parsed.success) return parsed.data;
    throw protocolError(what, 'its body is not what its protocol says');
  };

export const protocolError = (what: string, found: string): StoreError =>
  new StoreError('PROTOCOL', `${what}: the store's answer cannot be understood: ${found}`);

export function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** The body as text; `undefined` where it is longer than allowed. Throws `ExchangeError`. */
export async function readText(answer: HttpAnswer, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer.body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
