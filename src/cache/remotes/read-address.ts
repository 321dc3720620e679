import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CacheError } from '../error.ts';

const FORMS = 'Expected http://…, https://…, or the absolute folder of a repository.';

/** An address for messages: no user, no password, no query, nothing that a terminal would act on. */
export function addressName(text: string): string {
  const plain = text.replace(/\p{C}/gu, '\ufffd');
  if (!/^\s*[a-z][a-z0-9+.-]*:/i.test(plain)) return plain;
  // Browsers and Node take any number of slashes there. What nobody can read may have its password before any "@".
  const credentials = URL.canParse(plain)
    ? /^\s*([a-z][a-z0-9+.-]*:)[\\/]*(?:[^\\/?#]*@)?/i
    : /^\s*([a-z][a-z0-9+.-]*:)[\\/]*(?:.*@)?/is;
  return plain.replace(credentials, '$1//').replace(/[?#].*$/s, '');
}

/**
 * Reads where something is pulled from: an `http(s)` address as it is, or the absolute folder of a repository. Throws
 * `INVALID_CONFIGURATION`.
 */
export function parsePullUrl(text: string): string {
  const refuse = (what: string): never => {
    throw new CacheError('INVALID_CONFIGURATION', `pull address "${addressName(text)}": ${what}`, {
      hint: FORMS,
    });
  };
  if (isAbsolute(text) && !text.includes('\0')) return resolve(text);
  if (!URL.canParse(text)) return refuse('it is neither an address nor an absolute path');
  const url = new URL(text);
  if (url.protocol === 'file:') return url.host === '' ? fileURLToPath(url) : refuse('it names another host');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse(`nothing is pulled over ${url.protocol.slice(0, -1)}`);
  return url.search === '' && url.hash === '' ? text : refuse('a query or fragment has no meaning here');
}
