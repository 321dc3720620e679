import { QueueError } from '../error.ts';
import type { Page, PageRequest } from '../queue.ts';

type Key = readonly (string | number)[];

/** A page that was asked for: after which row it begins, and how many rows it has. */
export interface PageStart<K extends Key> {
  readonly after: K;
  readonly limit: number;
}

const MAX_LIMIT = 1000;

/** Reads where a page begins; `first` is what comes before all rows, and says what keys look like. */
export function startOf<K extends Key>(page: PageRequest | undefined, first: K): PageStart<K> {
  const limit = Math.min(Math.max(page?.limit ?? MAX_LIMIT, 1), MAX_LIMIT);
  const token = page?.continuationToken;
  return { after: token === undefined ? first : readToken(token, first), limit };
}

function readToken<K extends Key>(token: string, first: K): K {
  const key = parse(token);
  if (!Array.isArray(key) || key.length !== first.length) return refuse();
  if (!key.every((part, i) => typeof part === typeof first[i])) return refuse();
  return key as unknown as K; // as many parts of the same types
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function refuse(): never {
  throw new QueueError(
    'InputError',
    'The continuationToken is none of this list: use what the page before gave',
  );
}

/** A page of rows, of which one more than its limit was looked for. */
export function pageOf<R, T>(
  rows: readonly R[],
  { limit }: PageStart<Key>,
  { show, keyOf }: { readonly show: (row: R) => T; readonly keyOf: (row: R) => Key },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(show);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, continuationToken: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') };
}
