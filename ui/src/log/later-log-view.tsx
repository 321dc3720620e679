import { useEffect, useState } from 'preact/hooks';
import { Refusal } from '../api/refusal.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { loadPart } from '../router/load-part.ts';
import type { LogView, LogViewProps } from './log-view.tsx';

let loaded: typeof LogView | undefined;

/** A `LogView` whose program comes when it is first shown: for pages on which most people look at something else. */
export function LaterLogView(props: LogViewProps) {
  const [view, setView] = useState(() => loaded);
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    if (view !== undefined) return;
    loadPart(async () => (await import('./log-view.tsx')).LogView).then(
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
}
