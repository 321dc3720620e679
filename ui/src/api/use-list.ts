import { useRef } from 'preact/hooks';
import type { Change } from '../../../src/page/wire.ts';
import { type Resource, useResource } from './use-resource.ts';

/** Some of a list, as the server gives it. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next ones begin; absent: these were the last. */
  readonly next?: string | undefined;
}

export interface ListQuestion {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

export interface ListOptions {
  /** How many come at a time. @defaultValue 50 */
  readonly pageSize?: number;
  /** How many the server gives at once. @defaultValue 500 */
  readonly mostAtOnce?: number;
  readonly changes?: (change: Change) => boolean;
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
  const wanted = useRef({ key, count: pageSize });
  if (wanted.current.key !== key) wanted.current = { key, count: pageSize };
  const { data, reload, ...rest } = useResource(
    key,
    (signal) => loadUpTo(loadPage, { count: wanted.current.count, mostAtOnce, signal }),
    changes === undefined ? {} : { changes },
  );
  return {
    ...rest,
    reload,
    ...(data !== undefined && { items: data.items }),
    hasMore: data?.next !== undefined,
    more() {
      wanted.current.count = (data?.items.length ?? 0) + pageSize;
      reload();
    },
  };
}

interface UpTo {
  readonly count: number;
  readonly mostAtOnce: number;
  readonly signal: AbortSignal;
}

/** The first `count` of a list, in as few questions as the server lets. */
export async function loadUpTo<T>(
  loadPage: (question: ListQuestion) => Promise<ListPage<T>>,
  { count, mostAtOnce, signal }: UpTo,
): Promise<ListPage<T>> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const limit = Math.min(mostAtOnce, count - items.length);
    const page = await loadPage({ limit, signal, after: next });
    items.push(...page.items);
    next = page.next;
  } while (next !== undefined && items.length < count);
  return { items, next };
}
