import { isIP } from 'node:net';

/** A host and a port that a build asks for, as it names them. */
export interface Place {
  /** Lower case, without brackets and without a dot at its end. */
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT` as requests have it; `undefined`: it is none. */
export function readPlace(text: string, otherwise?: number): Place | undefined {
  const [, host, port] = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const number = port === undefined ? otherwise : Number(port);
  if (host === undefined || number === undefined || number < 1 || number > 65_535) return undefined;
  return { host: plainHost(host), port: number };
}

const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

/** Whether builds can be told so. */
export function isReachPattern(text: string): boolean {
  const { host = '' } = readPlace(text.replace(/^\*\./, ''), 443) ?? {};
  if (isIP(host) !== 0) return !text.startsWith('*');
  return /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(host);
}
