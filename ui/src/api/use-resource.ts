import { useEffect, useRef, useState } from 'preact/hooks';
import { onChange } from './changes.ts';
import { coalesce } from './coalesce.ts';
import { asRefusal, type Refusal } from './refusal.ts';
import { isWatched, type Watched } from './watched.ts';

/** Something of the server that a page shows. */
export interface Resource<T> {
  /** The last that came; stays while it is asked for again. Absent until something came. */
  readonly data?: T;
  /** Why the last question came to nothing; what came before is in `data` all the same. */
  readonly refusal?: Refusal;
  /** Nothing came yet, and something is asked for. */
  readonly isLoading: boolean;
  /** Asks again now. */
  readonly reload: () => void;
}

export interface ResourceOptions {
  /** After changes of what it is asked for again; empty: where anything may have changed. Absent: never. */
  readonly changes?: readonly Watched[];
  /** What came for another key is shown until that of this one comes: a list whose filter changes. @defaultValue false */
  readonly keepsBefore?: boolean;
}

/** At most so often is something asked for again while changes come. */
const RELOAD_MS = 400;

interface Loaded<T> {
  readonly key: string | undefined;
  readonly data?: T;
  readonly refusal?: Refusal;
}

/**
 * Loads what `key` names, and loads it again, many changes at once, when the server says that it changed. Another key begins
 * anew; no key: nothing is loaded. `load` is called with a signal that aborts when its answer is of no use any more.
 */
export function useResource<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
  { changes, keepsBefore = false }: ResourceOptions = {},
): Resource<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ key });
  const latest = useRef({ load, changes });
  latest.current = { load, changes };
  const reload = useRef<() => void>(() => {});
  useEffect(() => {
    if (key === undefined) return;
    const gone = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const data = await latest.current.load(gone.signal);
        if (!gone.signal.aborted) setLoaded({ key, data });
      } catch (error) {
        if (gone.signal.aborted) return;
        const refusal = asRefusal(error);
        setLoaded((before) => (before.key === key ? { ...before, refusal } : { key, refusal }));
      }
    };
    const asking = coalesce(ask, RELOAD_MS);
    reload.current = () => asking.want(0);
    asking.want(0);
    const ignore = onChange((change) => {
      const { changes: wanted } = latest.current;
      if (wanted !== undefined && isWatched(change, wanted)) asking.want();
    });
    return () => {
      gone.abort();
      asking.stop();
      ignore();
    };
  }, [key]);
  // Of another key it is nothing that may be shown, unless somebody says so.
  const isOfKey = loaded.key === key;
  const data = isOfKey || keepsBefore ? loaded.data : undefined;
  const refusal = isOfKey ? loaded.refusal : undefined;
  return {
    ...(data !== undefined && { data }),
    ...(refusal !== undefined && { refusal }),
    isLoading: key !== undefined && data === undefined && refusal === undefined,
    reload: () => reload.current(),
  };
}
