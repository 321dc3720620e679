import { EngineError } from '../error.ts';

/** Where an engine listens. */
export interface Endpoint {
  /** As people write it, without secrets: `unix:///var/run/docker.sock`. */
  readonly name: string;
  readonly address:
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number };
  /** Absent: plain text. */
  readonly tls?: TlsFiles;
}

/** Contents of PEM files. */
export interface TlsFiles {
  /** Absent: the certificates that Node trusts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipVerification?: boolean;
}

const FORMS = 'unix:///path/to.sock, tcp://host:2375 or https://host:2376';

/** Reads an engine's address as `DOCKER_HOST` has it. Throws `INVALID`. */
export function parseEndpoint(host: string, tls?: TlsFiles): Endpoint {
  const scheme = /^([a-z]+):\/\//.exec(host)?.[1];
  switch (scheme) {
    case 'unix':
      return socketEndpoint(host);
    case 'tcp':
    case 'http':
      return tcpEndpoint(host, tls);
    case 'https':
      return tcpEndpoint(host, tls ?? {});
    case 'ssh':
      throw new EngineError(
        'INVALID',
        'engines over ssh:// are not supported; forward the socket (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) ' +
          'and use unix:///tmp/docker.sock',
      );
    default:
      throw new EngineError('INVALID', `${quoted(host)} is no address of an engine: expected ${FORMS}`);
  }
}

function socketEndpoint(host: string): Endpoint {
  const path = host.slice('unix://'.length);
  if (!path.startsWith('/')) {
    throw new EngineError('INVALID', `${quoted(host)} must hold an absolute path: unix:///path/to.sock`);
  }
  return { name: host, address: { kind: 'socket', path } };
}

function tcpEndpoint(host: string, tls: TlsFiles | undefined): Endpoint {
  const url = URL.parse(host.replace(/^[a-z]+:/, 'http:'));
  if (url === null || url.hostname === '' || url.pathname !== '/' || url.search !== '') {
    throw new EngineError('INVALID', `${quoted(host)} is no address of an engine: expected ${FORMS}`);
  }
  const port = portOf(host, url) ?? (tls ? 2376 : 2375);
  const name = `${tls ? 'https' : 'tcp'}://${url.hostname}:${port}`;
  // In URLs, not in look-ups, IPv6 addresses stand in brackets.
  const address = { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port } as const;
  return { name, address, ...(tls && { tls }) };
}

/** `undefined` when the address names none. URL drops the default port of its scheme, which may be meant here. */
function portOf(host: string, url: URL): number | undefined {
  if (url.port !== '') return Number(url.port);
  return /:80\/?$/.test(host) ? 80 : undefined;
}

/** What a person wrote, without user and password. */
function quoted(host: string): string {
  return JSON.stringify(host.replace(/\/\/[^/]*@/, '//'));
}
