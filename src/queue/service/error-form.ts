import type { Refusal } from './refusal.ts';

/** What of a request an error repeats to the client that sent it. */
export interface RequestInfo {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  /** Without what may be secret. */
  readonly payload: unknown;
  readonly time: string;
}

/** An error as every service says it. The facts at the message's end are for people who see nothing else of it. */
export function errorForm({ code, message, status }: Refusal, requestInfo: RequestInfo): object {
  const facts = [
    `* method:     ${requestInfo.method}`,
    `* errorCode:  ${code}`,
    `* statusCode: ${status}`,
    `* time:       ${requestInfo.time}`,
  ];
  return { code, message: `${message}\n\n---\n\n${facts.join('\n')}`, requestInfo };
}

const MAX_REPEATED_BYTES = 16 * 1024;
const HIDDEN = '(not repeated)';

/** The body for an error: nothing of one that is large, and no value of a field that may hold secrets. */
export function repeatable(body: unknown, sizeBytes: number, secrets: readonly string[] = []): unknown {
  if (typeof body !== 'object' || body === null) return {};
  if (sizeBytes > MAX_REPEATED_BYTES) return HIDDEN;
  if (Array.isArray(body) || secrets.length === 0) return body;
  const shown = Object.entries(body).map(([name, value]) => [name, secrets.includes(name) ? HIDDEN : value]);
  return Object.fromEntries(shown);
}
