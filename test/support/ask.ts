import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** An answer that has come to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Certificate that is trusted. */
  readonly ca?: string;
}

/**
 * Asks a server for a path, which is sent as it is: what `fetch` would put right, and what it would not send, arrives. Uses
 * a connection of its own. Rejects when the answer is cut.
 */
export function ask(url: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const { hostname, port, protocol } = new URL(url);
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  const { method = 'GET', headers = {}, body, ca } = options;
  const asked: RequestOptions = { hostname, port, path, method, headers, agent: false };
  return new Promise((resolve, reject) => {
    const sent = request({ ...asked, ...(ca !== undefined && { ca }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const whole = Buffer.concat(chunks);
        const { statusCode: status = 0 } = response;
        resolve({ status, headers: response.headers, body: whole, text: whole.toString() });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
