import type { ServerResponse } from 'node:http';

/**
 * What every answer says to browsers. What is downloaded was made by anybody: it is nothing that a browser may run here,
 * whatever it holds. A page of ours sets its own `content-security-policy`.
 */
export function secureHeaders(requestId: string, response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  // A server of this machine can be reached by every page that its person looks at: none of them may take anything in.
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Referrer-Policy', 'no-referrer'); // the address of a page may be a signed link
  response.setHeader('X-Request-Id', requestId);
}
