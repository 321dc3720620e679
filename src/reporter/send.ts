import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface Post {
  readonly url: URL;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends one JSON message; resolves when the server has taken it. Rejects with a sentence that holds no address, since
 * the token is in that.
 */
export function post({ url, body, timeoutMs, signal }: Post): Promise<void> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const limit = AbortSignal.timeout(timeoutMs);
  const sending = request(url, {
    method: 'POST',
    signal: AbortSignal.any([signal, limit]),
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
  });
  sending.on('response', (response) => {
    const status = response.statusCode ?? 0;
    response.on('error', () => undefined); // the answer's body says nothing that is needed
    response.resume();
    if (status >= 200 && status < 300) resolve();
    else reject(new Error(`it answered ${status}`));
  });
  sending.on('error', (error: NodeJS.ErrnoException) => {
    if (signal.aborted) reject(new Error('it is too slow, and the run is over'));
    else if (limit.aborted) reject(new Error(`it did not answer within ${timeoutMs / 1000} seconds`));
    else reject(new Error(error.code ?? error.message));
  });
  sending.end(body);
  return promise;
}
