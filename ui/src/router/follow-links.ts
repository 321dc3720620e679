import { go, here } from './location.ts';
import { isPage } from './routes.ts';

/** Whether a click means "show it here", and no new tab or download. */
function isPlainClick(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0) return false;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  return (link.target === '' || link.target === '_self') && !link.hasAttribute('download');
}

function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.href === '' || !isPlainClick(event, link)) return;
  const url = new URL(link.href);
  if (url.origin !== window.location.origin || !isPage(url)) return;
  // A place within this page is the browser's to go to.
  if (url.hash !== '' && url.pathname === here.value.path && url.search === here.value.search) return;
  event.preventDefault();
  if (url.href !== window.location.href) go(`${url.pathname}${url.search}${url.hash}`);
}

/** Links are plain ones: those that lead to a page of ours are followed without loading everything again, until the function that it gives is called. */
export function followLinks(): () => void {
  document.addEventListener('click', follow);
  return () => document.removeEventListener('click', follow);
}
