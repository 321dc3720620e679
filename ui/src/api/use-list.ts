import { useRef } from 'preact/hooks';
import { type Resource, useResource } from './use-resource.ts';
import type { Watched } from './watched.ts';

/** Some of a list, as the server gives it. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next ones begin; absent: these were the last. */
  readonly next?: string | undefined;
  /** There are fewer than were asked for, and somebody is to say whether to go on. */
  readonly isPaused?: boolean;
}

export interface ListQuestion {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
  /** How often more was asked for, and once. */
  readonly rounds?: number;
}

export interface ListOptions {
  /** How many come at a time. @defaultValue 50 */
  readonly pageSize?: number;
  /** How many the server gives at once. @defaultValue 500 */
  readonly mostAtOnce?: number;
  readonly changes?: readonly Watched[];
}

export interface List<T> extends Omit<Resource<readonly T[]>, 'data'> {
  readonly items?: readonly T[];
  readonly hasMore: boolean;
  /** Asks for the ones behind. */
  readonly more: () => void;
}

/**
 * A list that is shown page by page. What is shown is asked for again as a whole when something changed, so that nothing is
 * there twice or missing where things came in between.
 */
export function useList<T>(
  key: string,
  loadPage: (question: ListQuestion) => Promise<ListPage<T>>,
  { pageSize = 50, mostAtOnce = 500, changes }: ListOptions = {},
): List<T> {
  const wanted = useRef({ key, count: pageSize, rounds: 1 });
  if (wanted.current.key !== key) wanted.current = { key, count: pageSize, rounds: 1 };
  const { data, reload, ...rest } = useResource(
    key,
    (signal) => loadUpTo(loadPage, { ...wanted.current, mostAtOnce, signal }),
    { keepsBefore: true, ...(changes !== undefined && { changes }) },
  );
  return {
    ...rest,
    reload,
    ...(data !== undefined && { items: data.items }),
    hasMore: data?.next !== undefined,
    more() {
      wanted.current.count = (data?.items.length ?? 0) + pageSize;
      wanted.current.rounds += 1;
      reload();
    },
  };
}

interface UpTo {
  readonly count: number;
  readonly rounds: number;
  readonly mostAtOnce: number;
  readonly signal: AbortSignal;
}

/** The first `count` of a list, in as few questions as the server lets. */
export async function loadUpTo<T>(
  loadPage: (question: ListQuestion) => Promise<ListPage<T>>,
  { count, rounds, mostAtOnce, signal }: UpTo,
): Promise<ListPage<T>> {
  const items: T[] = [];
  let next: string | undefined;
  let isPaused = false;
  do {
    const limit = Math.min(mostAtOnce, count - items.length);
    const page = await loadPage({ limit, signal, rounds, after: next });
    items.push(...page.items);
    next = page.next;
    isPaused = page.isPaused === true;
  } while (next !== undefined && !isPaused && items.length < count);
  return { items, next };
}

/** What a list shows of what the server gave. */
export interface Sieve<T> {
  readonly wanted: (item: T) => boolean;
  /** How many are looked at before somebody is asked whether to go on. */
  readonly atOnce: number;
}

/**
 * A list of what is wanted of another one, which the server cannot tell apart: looks on until there are as many as asked for, or
 * it has looked at enough. Then `next` leads on, also where nothing was found.
 */
export const sieved =
  <T>(
    loadPage: (question: ListQuestion) => Promise<ListPage<T>>,
    { wanted, atOnce }: Sieve<T>,
  ): ((question: ListQuestion) => Promise<ListPage<T>>) =>
  async ({ limit, after, signal, rounds = 1 }) => {
    const most = atOnce * rounds;
    const items: T[] = [];
    let next = after;
    let looked = 0;
    do {
      const page = await loadPage({ limit: Math.min(SIEVED_AT_ONCE, most - looked), after: next, signal });
      items.push(...page.items.filter(wanted));
      looked += page.items.length;
      next = page.next;
    } while (next !== undefined && items.length < limit && looked < most);
    return { items, next, isPaused: items.length < limit };
  };

const SIEVED_AT_ONCE = 200;
