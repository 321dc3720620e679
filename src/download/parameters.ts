import { DownloadRefusal } from './refusal.ts';

/**
 * Reads the query of an address, of which only the first value of each name counts. Throws `DownloadRefusal` `BAD_REQUEST`
 * where it has escapes that are none, text that is not UTF-8, or a semicolon, which some take for an `&`.
 */
export function readParameters(url: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const at = url.indexOf('?');
  for (const pair of at < 0 ? [] : url.slice(at + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** Unlike `URLSearchParams` it does not guess what a broken sequence may mean. */
function decode(text: string): string {
  if (text.includes(';')) throw new DownloadRefusal('BAD_REQUEST', 'the query has a semicolon: write %3B');
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    throw new DownloadRefusal('BAD_REQUEST', 'the query has a "%" without two hexadecimal digits behind it');
  }
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new DownloadRefusal('BAD_REQUEST', 'the query is not UTF-8', { cause });
  }
}
