import { createHash } from 'node:crypto';
import { DownloadError } from './error.ts';
import type { Fetched, FetchProgress } from './fetch-file.ts';
import { type RetryOptions, withRetries } from './retrying.ts';
import type { FetchSource } from './source.ts';

export interface FetchStreamOptions extends RetryOptions {
  readonly open: () => Promise<FetchSource>;
  /** Takes the bytes in their order; resolves when it is ready for more, and does not keep them. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly onProgress: (progress: FetchProgress) => void;
}

/**
 * Fetches in order to where nothing can be taken back. It goes on behind what was written where the source can do that.
 * The digest is checked at the end: whoever got the bytes has to wait for that. Throws as `fetchFile`.
 */
export async function fetchStream(options: FetchStreamOptions): Promise<Omit<Fetched, 'path'>> {
  const { signal, write, onProgress } = options;
  await using source = await withRetries(options, options.open);
  const { sizeBytes } = source;
  const hash = createHash('sha256');
  let doneBytes = 0;
  await withRetries(options, async (progress) => {
    if (doneBytes > 0 && !source.hasRanges) throw cannotGoOn(source, doneBytes);
    const range = source.hasRanges ? { start: doneBytes, end: sizeBytes ?? 0 } : undefined;
    for await (const chunk of source.read(range, signal)) {
      hash.update(chunk);
      await write(chunk);
      doneBytes += chunk.length;
      progress();
      onProgress({ doneBytes, ...(sizeBytes !== undefined && { sizeBytes }) });
    }
  });
  const sha256 = hash.digest('hex');
  if (source.sha256 !== undefined && source.sha256 !== sha256) {
    const message = `what came from ${source.name} is not what was promised: expected SHA-256 ${source.sha256}, found ${sha256}`;
    throw new DownloadError('DIGEST_MISMATCH', message);
  }
  return { sizeBytes: doneBytes, sha256, isVerified: source.sha256 !== undefined, resumedBytes: 0 };
}

const cannotGoOn = (source: FetchSource, doneBytes: number): DownloadError =>
  new DownloadError(
    'UNREACHABLE',
    `${source.name} broke off after ${doneBytes} bytes, and cannot send the rest alone: fetch it to a file`,
  );
