import { RegistryError } from '../error.ts';
import type { HttpAnswer } from './transport.ts';

const MAX_LENGTH = 8 * 1024;

/**
 * The query of a list's next page, `?last=…`, out of the header `Link`; `undefined`: this was the last. Only the query is
 * taken: a list goes on where it began, at the same registry. Throws `PROTOCOL`.
 */
export function nextPage(answer: HttpAnswer, path: string): string | undefined {
  const header = answer.header('link');
  if (header === undefined) return undefined;
  const target = header.slice(0, MAX_LENGTH).match(/<([^<>]*)>\s*;[^<>]*\brel="?next"?/i)?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, answer.url.href);
  // A proxy in front of a registry may change scheme, host and what is before the path without telling the registry.
  if (next?.pathname.endsWith(path) && next.search !== '') return next.search;
  throw new RegistryError(
    'PROTOCOL',
    `the registry at ${answer.url.host} continues its list at another place`,
  );
}
