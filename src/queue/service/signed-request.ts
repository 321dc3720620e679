import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { SignedRequest } from '../../auth/index.ts';

/** A request as signatures see it: as it was sent. */
export function signedRequest({ raw }: FastifyRequest): SignedRequest {
  return {
    method: raw.method ?? '',
    url: raw.url ?? '',
    headers: raw.headers,
    isTls: (raw.socket as Partial<TLSSocket>).encrypted === true, // absent on a plain socket
    // Only the server's own door sets it, on the sockets that it takes.
    isOwnDoor: (raw.socket as { readonly isOwnDoor?: boolean }).isOwnDoor === true,
  };
}
