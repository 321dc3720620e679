import { CacheError } from '../../error.ts';
import { shownUrl } from './shown-url.ts';

/** Where a redirect leads. Throws `PROTOCOL` for what is not followed. */
export function redirected(url: URL, location: string | undefined): URL {
  const next = URL.parse(location ?? '', url.href);
  if (next === null || !/^https?:$/.test(next.protocol)) {
    throw new CacheError('PROTOCOL', `${shownUrl(url)} redirects to what is no web address`);
  }
  if (url.protocol === 'https:' && next.protocol !== 'https:') {
    const to = shownUrl(next);
    throw new CacheError('PROTOCOL', `${shownUrl(url)} redirects to ${to}, which is not encrypted`);
  }
  return next;
}
