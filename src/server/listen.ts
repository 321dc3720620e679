import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { ServerError } from './error.ts';

export interface ListenOptions {
  /** `::` is every address of the machine, also where it has no IPv6. */
  readonly host: string;
  readonly port: number;
}

// What comes at once waits here until it is accepted; the kernel has a limit of its own.
const BACKLOG = 4096;
const EVERY_ADDRESS = '::'; // takes IPv4 too

/** Begins to listen. Throws `ServerError` `CANNOT_LISTEN`. */
export async function listen(server: Server, { host, port }: ListenOptions): Promise<AddressInfo> {
  try {
    await listenOn(server, host, port);
  } catch (error) {
    const hasNoIpv6 = errorCode(error) === 'EAFNOSUPPORT' || errorCode(error) === 'EADDRNOTAVAIL';
    if (host !== EVERY_ADDRESS || !hasNoIpv6) throw cannotListen(error, host, port);
    await listenOn(server, '0.0.0.0', port).catch((second: unknown) => {
      throw cannotListen(second, host, port);
    });
  }
  return server.address() as AddressInfo; // a server on a port has one of this kind
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, backlog: BACKLOG });
  await once(server, 'listening');
}

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

function cannotListen(error: unknown, host: string, port: number): ServerError {
  const where = host === EVERY_ADDRESS ? `port ${port}` : `${host} port ${port}`;
  return new ServerError('CANNOT_LISTEN', `cannot listen on ${where}: ${reason(error)}`, { cause: error });
}

function reason(error: unknown): string {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return 'another program listens there; end it or choose another port';
    case 'EACCES':
      return 'this user may not; choose a port from 1024 on';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no address of that name';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** An address that a client on this machine can use. */
export function urlOf({ address, family, port }: AddressInfo, isTls: boolean): string {
  const isAny = address === '::' || address === '0.0.0.0';
  const name = family === 'IPv6' ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${isAny ? '127.0.0.1' : name}:${port}`;
}
