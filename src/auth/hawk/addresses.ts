import type { SignedRequest } from '../caller.ts';
import { AuthError } from '../error.ts';

/** A server as its client calls it. */
export interface Address {
  /** An IPv6 address may stand in brackets or not. */
  readonly host: string;
  readonly port: number;
}

export interface AddressRules {
  /** Whether `X-Forwarded-…` is believed: a proxy in front of the server sets it, and nobody else can. */
  readonly trustProxy: boolean;
  /** How the server is known to be called, in addition to what a request says. */
  readonly root?: Address & { readonly isTls?: boolean };
}

/** The rules of a server, as its settings say them. */
export const addressRules = (settings: {
  readonly trustProxy?: boolean;
  readonly rootUrl?: string;
}): AddressRules => {
  const { trustProxy = false, rootUrl } = settings;
  if (rootUrl === undefined) return { trustProxy };
  const url = new URL(rootUrl);
  return { trustProxy, root: { ...addressIn(url), isTls: url.protocol === 'https:' } };
};

const MAX_HOST_CHARACTERS = 300; // a name has at most 253, and there is the port
const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(?::(\d{1,5}))?$/;

/** The first of several: proxies append. */
function header({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name];
  const [first] = typeof value === 'string' ? value.split(',', 1) : (value ?? []);
  return first?.trim() || undefined;
}

function parseHost(text: string | undefined): { name: string; port: number | undefined } | undefined {
  if (text === undefined || text.length > MAX_HOST_CHARACTERS) return undefined;
  const [, name, port] = HOST.exec(text) ?? [];
  return name === undefined ? undefined : { name, port: port === undefined ? undefined : Number(port) };
}

function forwardedPort(request: SignedRequest): number | undefined {
  const port = header(request, 'x-forwarded-port');
  if (port !== undefined && /^\d{1,5}$/.test(port)) return Number(port);
  return header(request, 'x-forwarded-proto')?.toLowerCase() === 'https' ? 443 : undefined;
}

/** Clients leave an IPv6 address in its brackets or not. */
const bothNotations = ({ host, port }: Address): Address[] =>
  host.startsWith('[')
    ? [
        { host, port },
        { host: host.slice(1, -1), port },
      ]
    : [{ host, port }];

/** The address in a URL. */
export const addressIn = ({ hostname, port, protocol }: URL): Address => ({
  host: hostname,
  port: Number(port) || (protocol === 'https:' ? 443 : 80),
});

/**
 * How the client may have called the server, likeliest first: its signature is good for one of them only, and which one it
 * took is not told behind a proxy. Throws `AuthError` where no `Host` header can be read.
 */
export function addressesOf(request: SignedRequest, { trustProxy, root }: AddressRules): readonly Address[] {
  const host = parseHost(header(request, 'host'));
  if (host === undefined) throw new AuthError('the Host header is missing, or no host and port');
  const own = { host: host.name, port: host.port ?? (request.isTls ? 443 : 80) };
  const found: Address[] = [own];
  if (trustProxy) {
    const forwarded = parseHost(header(request, 'x-forwarded-host'));
    const port = forwardedPort(request);
    const names = [host, ...(forwarded === undefined ? [] : [forwarded])];
    // The port of a name is what the client wrote, or what the proxy calls; a forwarded one decides first.
    found.unshift(
      ...names.flatMap((each) =>
        [port, each.port].flatMap((one) => (one === undefined ? [] : { host: each.name, port: one })),
      ),
    );
  }
  if (root !== undefined) found.push(root);
  return distinct(found.flatMap(bothNotations));
}

/** Whether the client's own connection is TLS, as far as can be told: a proxy may be where it ends. */
export function isTlsFor(request: SignedRequest, { trustProxy, root }: AddressRules): boolean {
  if (request.isTls) return true;
  if (trustProxy && header(request, 'x-forwarded-proto')?.toLowerCase() === 'https') return true;
  const host = parseHost(header(request, 'host'));
  return root?.isTls === true && host?.name.toLowerCase() === root.host && (host.port ?? 443) === root.port;
}

const distinct = (addresses: readonly Address[]): readonly Address[] =>
  addresses.length === 1
    ? addresses
    : [...new Map(addresses.map((each) => [`${each.host.toLowerCase()}:${each.port}`, each])).values()];
