import { UsageError } from './exit-code.ts';

export const MAX_PORT = 65_535;

/** A port to listen on; `undefined` where the text is none from `lowest` up. */
export function readPort(text: string, lowest: 0 | 1): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port >= lowest && port <= MAX_PORT ? port : undefined;
}

/** An address of the web; `flag` is what names it, where a flag does. Throws `UsageError`. */
export function readWebAddress(text: string, flag?: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  const what = flag === undefined ? '' : `--${flag}: `;
  throw new UsageError(`${what}expected a web address, found "${text}"`);
}
