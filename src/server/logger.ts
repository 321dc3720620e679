import type { FastifyBaseLogger } from 'fastify';
import { pino, stdTimeFunctions } from 'pino';
import { errorFacts } from './error-facts.ts';
import { logText } from './log-text.ts';

export type ServerLogger = FastifyBaseLogger;

export interface ServerLoggerOptions {
  /** Standard error, as a rule. */
  readonly stream: { write(text: string): unknown };
  /** `text` is for people, `json` has one object a line. */
  readonly format: 'text' | 'json';
  /** Say all that is done, each download's bytes too. */
  readonly debug: boolean;
}

/**
 * Opens a server's log. Queries and headers are in none of its lines: links carry signatures, and requests carry tokens.
 */
export function createServerLogger({ stream, format, debug }: ServerLoggerOptions): ServerLogger {
  const options = {
    level: debug ? 'debug' : 'info',
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorFacts },
  };
  const destination = format === 'json' ? stream : { write: (line: string) => stream.write(logText(line)) };
  return pino(options, destination);
}
