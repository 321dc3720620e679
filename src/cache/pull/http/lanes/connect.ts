import { connect as connectPlainly, isIP, type Socket } from 'node:net';

/** Opens a connection to the server of an address. */
export async function connect(url: URL): Promise<Socket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1'); // of an IPv6 address
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  if (!isSecure) return connectPlainly({ host, port, noDelay: true });
  const { connect: connectSecurely } = await import('node:tls'); // nothing else needs it here
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectSecurely({ host, port, ALPNProtocols: ['http/1.1'], ...name }).setNoDelay();
}

/** Whether the environment may name a proxy for the address: those need more than a connection. */
export function mayHaveProxy({ protocol }: URL, environment: NodeJS.ProcessEnv): boolean {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return Boolean(environment[name] || environment[name.toUpperCase()]);
}
