import { QueueClientError } from '../../queue-client/index.ts';

/** What the worker's own log says of an error: never its stack, and nothing of a request but its answer. */
export function errorFacts(error: unknown): Readonly<Record<string, unknown>> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof QueueClientError)) return { error: message };
  const { status, code } = error;
  return { error: message, ...(status !== undefined && { status }), ...(code !== undefined && { code }) };
}

/** Somebody else has resolved the run, or it is gone. */
export const isOver = (error: unknown): boolean =>
  error instanceof QueueClientError && (error.status === 409 || error.status === 404);

/** The server understood the request and refuses it: asking again changes nothing. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof QueueClientError &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![408, 425, 429].includes(error.status);
