import { visibleText } from '../kernel/index.ts';
import type { Answer } from './connections.ts';
import { QueueClientError } from './error.ts';

const MAX_MESSAGE_CHARACTERS = 4000;

const HINTS: Readonly<Record<number, string>> = {
  401: 'check the credentials: TASKCLUSTER_CLIENT_ID, TASKCLUSTER_ACCESS_TOKEN and, for temporary ones, TASKCLUSTER_CERTIFICATE',
  403: 'use credentials that have these scopes (TASKCLUSTER_CLIENT_ID, TASKCLUSTER_ACCESS_TOKEN)',
};

/** What a server's refusal becomes. */
export function refusalOf(call: string, url: URL, { status, body }: Answer): QueueClientError {
  const { code, message } = facts(body);
  const hint = HINTS[status];
  const said = message ?? `${url.origin} answered ${status}`;
  // Of what is not there the server's words say all; how the call is named is nothing to who asked.
  return new QueueClientError(code === 'ResourceNotFound' ? said : `${call}: ${said}`, {
    status,
    ...(code !== undefined && { code }),
    ...(hint !== undefined && { hint }),
  });
}

/** An answer that no server of the Queue API gives. */
export const foreign = (call: string, url: URL, why: string): QueueClientError =>
  new QueueClientError(`${call}: ${url.origin} answers what no queue does: ${why}`, {
    hint: `is ${url.origin} the address of a queue (TASKCLUSTER_ROOT_URL)?`,
  });

/** What servers say is text of others; behind the first line of dashes they repeat the request. */
function facts(body: string): { code?: string; message?: string } {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null) return {};
  const { code, message } = value as Readonly<Record<string, unknown>>;
  const [said = ''] = typeof message === 'string' ? message.split('\n\n---\n') : [];
  const lines = said.slice(0, MAX_MESSAGE_CHARACTERS).trim().split('\n').map(visibleText);
  return {
    ...(typeof code === 'string' && { code: visibleText(code.slice(0, 100)) }),
    ...(lines[0] && { message: lines.join('\n') }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
