import type { ComponentChildren } from 'preact';
import { here } from '../router/location.ts';
import './views.css';

/** One of the views of a page. */
export interface View {
  /** In the address: `?view=log`. */
  readonly id: string;
  readonly title: string;
  readonly count?: number | undefined;
}

interface ViewsProps {
  readonly label: string;
  readonly views: readonly View[];
  readonly current: string;
  readonly beside?: ComponentChildren;
}

/** The views of a page: links, so that each has an address. */
export function Views({ label, views, current, beside }: ViewsProps) {
  return (
    <div class="views">
      <nav aria-label={label}>
        <ul>
          {views.map(({ id, title, count }) => (
            <li key={id}>
              <a href={addressOfView(id)} aria-current={id === current ? 'page' : undefined}>
                {title}
                {count !== undefined && count > 0 && <span class="views-count">{count}</span>}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {beside}
    </div>
  );
}

function addressOfView(id: string): string {
  const { path, query } = here.value;
  const next = new URLSearchParams(query);
  next.set('view', id);
  return `${path}?${next}`;
}
