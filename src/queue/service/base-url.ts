import type { SignedRequest } from '../../auth/index.ts';
import { QueueError } from '../error.ts';

export interface BaseUrlOptions {
  /** Where the server is known to be; absent: where each client found it. */
  readonly rootUrl?: string;
  /** Whether `X-Forwarded-…` is believed. */
  readonly trustProxy: boolean;
}

/** What URLs begin with that are given to the client of a request; no slash at its end. */
export type BaseUrlOf = (request: SignedRequest) => string;

const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Throws `InvalidRequestArguments`, when it is called, for a request that does not say where it found the server. */
export function baseUrlOf({ rootUrl, trustProxy }: BaseUrlOptions): BaseUrlOf {
  const base = rootUrl?.replace(/\/+$/, '');
  return ({ headers, isTls, isOwnDoor = false }) => {
    if (base !== undefined && !isOwnDoor) return base;
    const forwarded = (name: string): string | undefined =>
      trustProxy && !isOwnDoor ? firstOf(headers[`x-forwarded-${name}`]) : undefined;
    const scheme = forwarded('proto')?.toLowerCase() ?? (isTls ? 'https' : 'http');
    const host = forwarded('host') ?? firstOf(headers['host']);
    if (host === undefined || !HOST.test(host) || !/^https?$/.test(scheme)) {
      throw new QueueError('InvalidRequestArguments', 'The Host header is missing, or is no host and port.');
    }
    return `${scheme}://${withPort(host, scheme, forwarded('port'))}`;
  };
}

/** Proxies tell the port by itself where the name that they pass on has none. */
function withPort(host: string, scheme: string, port: string | undefined): string {
  const isUsual = port === (scheme === 'https' ? '443' : '80');
  const hasPort = /:\d+$/.test(host);
  return port === undefined || isUsual || hasPort || !/^\d{1,5}$/.test(port) ? host : `${host}:${port}`;
}

/** Proxies in a row append to a header. */
function firstOf(value: string | readonly string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0];
  return text?.split(',', 1)[0]?.trim() || undefined;
}
