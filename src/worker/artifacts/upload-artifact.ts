import { withRetries } from '../../kernel/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { openBody } from './body.ts';
import { putBytes } from './put-bytes.ts';
import { UploadError } from './upload-error.ts';

/** Bytes that become an artifact. */
export interface ArtifactUpload {
  readonly name: string;
  readonly contentType: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Stored compressed, and told so to who reads it. */
  readonly gzip: boolean;
  /** Asked for once more where an attempt has to begin anew: the same bytes each time. */
  readonly open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
  /** What `open` gives; absent: not known, the bytes are then kept until it is. */
  readonly sizeBytes?: number;
}

export interface UploadOptions {
  /** @defaultValue the run's own */
  readonly signal?: AbortSignal;
  /** Before further attempts, in milliseconds. @defaultValue ten, from 1 s to 11 s */
  readonly retryPausesMs?: readonly number[];
}

const FIRST_PAUSE_MS = 1000;
const PAUSE_FACTOR = 1.311;
const LONGEST_PAUSE_MS = 30_000;
const RETRIES = 10;
const PAUSES_MS = Array.from({ length: RETRIES }, (_, n) =>
  Math.min(FIRST_PAUSE_MS * PAUSE_FACTOR ** n, LONGEST_PAUSE_MS),
);

/**
 * Declares an artifact of the run and sends its bytes; resolves when the store has them, with their number and their digest
 * (SHA-256 in hex, both before compression), which is noted in `task.findings` too. Each attempt asks for a fresh address,
 * with the newest credentials, so that an upload may outlive both. Throws `UploadError` when attempts are used up,
 * `signal.reason`.
 */
export async function uploadArtifact(
  task: TaskContext,
  upload: ArtifactUpload,
  { signal = task.signal, retryPausesMs = PAUSES_MS }: UploadOptions = {},
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const { name } = upload;
  try {
    await using body = await openBody(upload, { folder: task.folder, signal });
    const onNotice = (error: string): void => task.record('retrying artifact upload', { name, error });
    const facts = { 'slipway.artifact': name };
    await task.span.during(
      'artifact',
      () =>
        withRetries({ retryPausesMs, onNotice, signal }, mayPass, async () => {
          await putBytes(await addressOf(task, upload, signal), { upload, body, signal });
        }),
      facts,
    );
    const { sizeBytes, sha256 } = body.facts();
    task.findings.artifactHashes.set(name, sha256);
    task.record('artifact uploaded', { name, sizeBytes });
    return { sizeBytes, sha256 };
  } catch (error) {
    signal.throwIfAborted();
    throw new UploadError(messageOf(error), { cause: error });
  }
}

/** Where the bytes go. */
async function addressOf(task: TaskContext, upload: ArtifactUpload, signal: AbortSignal): Promise<string> {
  const { name, contentType, expires } = upload;
  const request = { storageType: 's3', contentType, expires } as const;
  const { putUrl } = await task.queue.createArtifact(task.taskId, task.runId, name, request, { signal });
  if (putUrl === undefined) throw new Error('the queue gave no address to send it to');
  return putUrl;
}

/** What the queue refuses stays refused; all else may be the network or the store. */
function mayPass(error: unknown): { message: string; pauseMs: number } | undefined {
  const status = error instanceof QueueClientError ? (error.status ?? 0) : 0;
  const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 429;
  return isRefusal ? undefined : { message: messageOf(error), pauseMs: 0 };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
