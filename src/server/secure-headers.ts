import type { ServerResponse } from 'node:http';

/**
 * What every answer says to browsers. What is downloaded was made by anybody: it is nothing that a browser may run here,
 * whatever it holds. A page of ours sets its own `content-security-policy`.
 */
export const SECURE_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  // A server of this machine can be reached by every page that its person looks at: none of them may take anything in.
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer', // the address of a page may be a signed link
};

/** The same on an answer, with the id of its request. */
export function secureHeaders(requestId: string, response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURE_HEADERS)) response.setHeader(name, value);
  response.setHeader('X-Request-Id', requestId);
}
