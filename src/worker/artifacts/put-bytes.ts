import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { ArtifactBody } from './body.ts';

/** How long nothing may move on a connection. */
const IDLE_MS = 5 * 60_000;
/** What is read of a store's answer for the message. */
const ANSWER_BYTES = 2048;

interface Put {
  readonly upload: { readonly contentType: string };
  readonly body: ArtifactBody;
  readonly signal: AbortSignal;
}

/**
 * Sends an artifact's bytes to an address of a store, over what its scheme says. Throws when the store does not take them
 * all, with its words, but without the address: that is as good as a password.
 */
export async function putBytes(address: string, { upload, body, signal }: Put): Promise<void> {
  const url = parseAddress(address);
  const headers = {
    'content-type': upload.contentType,
    'content-length': body.sentBytes,
    ...(body.contentEncoding !== undefined && { 'content-encoding': body.contentEncoding }),
  };
  const bytes = await body.open();
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = start(url, { method: 'PUT', headers, signal, timeout: IDLE_MS });
  request.on('timeout', () => request.destroy(new Error(`nothing moved for ${IDLE_MS / 60_000} minutes`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  const sent = pipeline(bytes, request);
  sent.catch(() => {}); // an answer that comes before the end says more than the connection that broke off after it
  try {
    await expectTaken(await Promise.race([answered, sent.then(() => answered)]));
    await sent;
  } catch (error) {
    request.destroy();
    throw error;
  }
}

function parseAddress(address: string): URL {
  const url = URL.parse(address);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Error('the queue gave an address that is neither http nor https');
}

async function expectTaken(response: IncomingMessage): Promise<void> {
  const { statusCode = 0 } = response;
  let text = '';
  for await (const piece of response) if (text.length < ANSWER_BYTES) text += String(piece);
  if (statusCode >= 200 && statusCode < 300) return;
  throw new Error(`the store answered ${statusCode}: ${text.slice(0, ANSWER_BYTES).trim() || '(nothing)'}`);
}
