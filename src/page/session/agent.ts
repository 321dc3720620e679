import type { FastifyRequest } from 'fastify';

const MOST_CHARACTERS = 256;

/** What a browser says of itself, so that a person tells their sessions apart. Kept as plain ASCII. */
export const agentOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string =>
  (headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, MOST_CHARACTERS);
