import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { tabText } from './tab-text.ts';

interface PageHeadProps {
  readonly title: string;
  /** What stands beside the title in the browser's tab. @defaultValue title */
  readonly tabTitle?: string;
  /** Above the title: where this is. */
  readonly trail?: ComponentChildren;
  /** Beside the title: a badge. */
  readonly beside?: ComponentChildren;
  /** Below the title: facts in one line. */
  readonly facts?: ComponentChildren;
  /** Buttons, to the right. */
  readonly actions?: ComponentChildren;
}

/** The head of each page: its one `h1`, and what the browser's tab says. */
export function PageHead({ title, tabTitle = title, trail, beside, facts, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${tabText(tabTitle)} · Slipway`;
  }, [tabTitle]);
  return (
    <header class="page-head">
      <div class="page-words">
        {trail !== undefined && <p class="trail">{trail}</p>}
        <div class="page-title">
          <h1 tabIndex={-1}>{title}</h1>
          {beside}
        </div>
        {facts !== undefined && <div class="facts">{facts}</div>}
      </div>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </header>
  );
}
