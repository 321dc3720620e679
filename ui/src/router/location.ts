import { signal } from '@preact/signals';
import { beginScroll, noteScroll, restoreScroll } from './scroll-memory.ts';

/** Where the page is. */
export interface Place {
  readonly path: string;
  /** `?state=failed`, or nothing. */
  readonly search: string;
  readonly query: URLSearchParams;
  /** `#L120-L140`, or nothing. */
  readonly hash: string;
}

const placeNow = (): Place => {
  const { pathname, search, hash } = window.location;
  return { path: pathname, search, query: new URLSearchParams(search), hash };
};

/** The place that is shown: a component that reads its `value` is drawn again when it is another. */
export const here = signal<Place>(placeNow());

/** Goes to an address of the page; `replace`: in the place of this one, so that "back" does not lead here. */
export function go(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, '', address);
  else {
    noteScroll();
    history.pushState(null, '', address);
    beginScroll();
  }
  const before = here.value;
  here.value = placeNow();
  if (before.path !== here.value.path) window.scrollTo(0, 0);
}

/** Changes parts of this address' query in its place: what people filter by, so that a link shows the same. */
export function setQuery(changed: Readonly<Record<string, string | undefined>>): void {
  const { path, query, hash } = here.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changed)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  go(`${path}${text === '' ? '' : `?${text}`}${hash}`, { replace: true });
}

addEventListener('popstate', () => {
  restoreScroll();
  here.value = placeNow();
});
window.addEventListener('hashchange', () => {
  here.value = placeNow();
});
