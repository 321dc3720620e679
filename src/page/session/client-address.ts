import type { IncomingMessage } from 'node:http';

/** Of whoever sent a request. Proxies append to the list: the last one is what the proxy before the server has seen. */
export function clientAddress({ headers, socket }: IncomingMessage, trustProxy: boolean): string {
  const forwarded = headers['x-forwarded-for'];
  const list = typeof forwarded === 'string' ? forwarded : forwarded?.join(',');
  const last = trustProxy ? list?.split(',').at(-1)?.trim() : undefined;
  return last || socket.remoteAddress || '';
}
