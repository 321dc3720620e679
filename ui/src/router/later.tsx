import type { ComponentType, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Refusal } from '../api/refusal.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { loadPart } from './load-part.ts';

/** A component whose program comes when it is first shown: for pages on which most people look at something else. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => VNode {
  let loaded: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [view, setView] = useState(() => loaded);
    const [refusal, setRefusal] = useState<Refusal>();
    useEffect(() => {
      if (view !== undefined) return;
      loadPart(load).then(
        (found) => {
          loaded = found;
          setView(() => found);
        },
        () => setRefusal(new Refusal('Its files did not come.', { status: 0 })),
      );
    }, [view]);
    if (refusal !== undefined) throw refusal; // shown in the page's place
    if (view === undefined) return <Skeleton lines={6} />;
    const Shown = view;
    return <Shown {...props} />;
  };
}
