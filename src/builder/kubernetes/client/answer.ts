import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { visibleText } from '../../../kernel/index.ts';
import { KubernetesError } from './error.ts';

/** A list of a thousand Jobs is 10 MiB. */
const DOCUMENT_LIMIT_BYTES = 64 * 1024 * 1024;
const MESSAGE_LIMIT = 1_000;

const Status = z.object({ message: z.string().optional(), reason: z.string().optional() });

/** The whole body. Throws `PROTOCOL` when it is too long. */
export async function textOf(response: IncomingMessage, doing: string): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > DOCUMENT_LIMIT_BYTES)
      throw new KubernetesError(
        'PROTOCOL',
        `cannot ${doing}: the answer is larger than ${DOCUMENT_LIMIT_BYTES} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What the server says about a request that it refuses: a `Status`, or the text of whatever stands before it. */
export async function refusalOf(response: IncomingMessage, doing: string): Promise<KubernetesError> {
  const status = response.statusCode ?? 0;
  const text = await textOf(response, doing).catch(() => '');
  const { message, reason } = statusOf(text);
  const why = visibleText(message ?? text.trim().split('\n', 1)[0] ?? '').slice(0, MESSAGE_LIMIT);
  return new KubernetesError(
    'REFUSED',
    `cannot ${doing}: ${why === '' ? `status ${status}` : why} (${status})`,
    {
      status,
      ...(reason === undefined ? {} : { reason }),
      retryAfterMs: 1000 * (Number(response.headers['retry-after']) || 0),
    },
  );
}

function statusOf(text: string): z.infer<typeof Status> {
  try {
    return Status.parse(JSON.parse(text));
  } catch {
    return {}; // a proxy's page
  }
}
