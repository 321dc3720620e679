import type { FastifyReply, FastifyRequest } from 'fastify';

const LINGER_MS = 3_000;

/**
 * Lets what still comes of a request that is refused go by for a moment: a connection that is closed while bytes come takes the
 * answer with it.
 */
export function dropRest({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return;
  reply.removeHeader('connection'); // with which the framework means to close it at once
  raw.resume();
  const timer = setTimeout(() => {
    if (!raw.complete) raw.socket.destroy();
  }, LINGER_MS);
  raw.once('close', () => clearTimeout(timer));
}
