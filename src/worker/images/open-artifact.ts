import { type QueueClient, QueueClientError } from '../../queue-client/index.ts';
import { ImageError, refused } from './image-error.ts';

interface Wanted {
  readonly taskId: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * The bytes of an artifact of a task's last run, without the compression that the store says they have. Who does not read
 * them to the end aborts the signal. Throws `ImageError`.
 */
export async function openArtifact(
  queue: QueueClient,
  { taskId, path, signal }: Wanted,
): Promise<AsyncIterable<Uint8Array>> {
  const url = await addressOf(queue, { taskId, path, signal });
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new ImageError(`Could not download ${path} of ${taskId}: the store does not answer`, {
      isFinal: false,
      cause,
    });
  });
  if (response.ok && response.body !== null) return response.body;
  await response.body?.cancel();
  const isFinal = response.status < 500 && response.status !== 429;
  throw new ImageError(`Could not download ${path} of ${taskId}: the store answered ${response.status}`, {
    isFinal,
  });
}

async function addressOf(queue: QueueClient, { taskId, path, signal }: Wanted): Promise<URL> {
  const content = await queue.artifactContent(taskId, undefined, path, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const status = cause instanceof QueueClientError ? cause.status : undefined;
    const why = status === 404 ? 'there is no such artifact' : String(cause);
    throw refused(`Could not download ${path} of ${taskId}: ${why}`, cause);
  });
  if (content.storageType === 'error')
    throw refused(`The artifact ${path} of ${taskId} is not there: ${content.message}`);
  const url = URL.parse(content.url);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw refused(`The artifact ${path} of ${taskId} is at an address that is neither http nor https`);
}
