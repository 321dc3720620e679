import { useLayoutEffect, useState } from 'preact/hooks';
import type { Extent } from './line-window.ts';
import type { WindowElements } from './use-log-window.ts';

const DEFAULT_ROW = 20;

/** What is drawn anew when it changes; by the width wrapped rows have their heights. */
interface Sizes extends Pick<Extent, 'rowHeight' | 'viewHeight'> {
  readonly viewWidth: number;
}

/** Measures a row and the view, now and when they change. */
export function useSizes({ view, rows }: Pick<WindowElements, 'view' | 'rows'>): Sizes {
  const [sizes, setSizes] = useState<Sizes>({ rowHeight: DEFAULT_ROW, viewHeight: 600, viewWidth: 0 });
  useLayoutEffect(() => {
    const element = view.current;
    if (element === null) return;
    const measure = (): void => {
      const lineHeight = Number.parseFloat(getComputedStyle(rows.current ?? element).lineHeight);
      const rowHeight = lineHeight > 0 ? lineHeight : DEFAULT_ROW;
      const viewHeight = Math.max(element.clientHeight, rowHeight);
      const viewWidth = element.clientWidth;
      setSizes((before) =>
        before.rowHeight === rowHeight && before.viewHeight === viewHeight && before.viewWidth === viewWidth
          ? before
          : { rowHeight, viewHeight, viewWidth },
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return sizes;
}
