import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** Of whoever sent a request. Proxies append to the list: the last one is what the proxy before the server has seen. */
export function clientAddress({ headers, socket }: IncomingMessage, trustProxy: boolean): string {
  const forwarded = headers['x-forwarded-for'];
  const list = typeof forwarded === 'string' ? forwarded : forwarded?.join(',');
  const last = trustProxy ? list?.split(',').at(-1)?.trim() : undefined;
  return last || socket.remoteAddress || '';
}

/** What is counted together: whoever has one address of IPv6 has some 2^64 of them. */
export const counterOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(plain) ? `${firstGroups(plain)}::/64` : plain;
};

function firstGroups(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...rest];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
