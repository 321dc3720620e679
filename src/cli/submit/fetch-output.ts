import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { collectArtifacts } from '../../artifacts/index.ts';
import { fetchFile, openHttpSource, RETRY_PAUSES_MS } from '../../download-client/index.ts';
import { type QueueClient, QueueClientError } from '../../queue-client/index.ts';
import { pointLink } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { onFiles } from '../file-error.ts';
import type { Submission } from './submission.ts';

const CONNECTIONS = 4;
const STALL_TIMEOUT_MS = 60_000;
const MIB = 1024 * 1024;

export interface FetchOutputOptions {
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly runId: number;
  readonly signal: AbortSignal;
}

export interface FetchedOutput {
  /** Where `output.tar` and `output/` are. */
  readonly folder: string;
  readonly sizeBytes: number;
  readonly files: number;
}

/**
 * Puts the output of a run where `slipway build --artifacts` leaves it, or into `--to DIR`. `undefined` where the run left
 * none. What is there is replaced when all of it has come.
 */
export async function fetchOutput(
  context: CommandContext,
  { workingDir, pipeline }: Submission,
  { queue, taskId, runId, signal }: FetchOutputOptions,
): Promise<FetchedOutput | undefined> {
  const url = await outputUrl(queue, `${pipeline.private ? 'private' : 'public'}/output.tar`);
  if (url === undefined) return undefined;
  const to = context.flags.text('to');
  const folder = to === undefined ? join(workingDir, 'builds', taskId) : resolve(context.currentFolder, to);
  await onFiles(`make the folder ${folder}`, () => mkdir(folder, { recursive: true }));
  const coming = join(folder, '.output.tar.coming');
  try {
    const fetched = await fetchFile({
      open: () => openHttpSource({ url, connections: CONNECTIONS, stallTimeoutMs: STALL_TIMEOUT_MS, signal }),
      targetOf: () => coming,
      replace: true,
      connections: CONNECTIONS,
      onProgress: () => undefined,
      onNotice: (text) => void context.stderr.write(`${text}\n`),
      retryPausesMs: RETRY_PAUSES_MS,
      signal,
    });
    const limitBytes = Math.max(fetched.sizeBytes, (pipeline.options?.artifactLimitMib ?? 0) * MIB);
    const tar = createReadStream(coming) as AsyncIterable<Buffer>; // without an encoding it reads buffers
    const collected = await collectArtifacts({ tar, into: folder, limitBytes, signal });
    if (to === undefined) await pointLink(join(workingDir, 'latest'), folder);
    return { folder, sizeBytes: fetched.sizeBytes, files: collected?.files.length ?? 0 };
  } finally {
    await rm(coming, { force: true });
  }

  async function outputUrl(from: QueueClient, name: string): Promise<URL | undefined> {
    try {
      const content = await from.artifactContent(taskId, runId, name, { signal });
      return 'url' in content ? new URL(content.url) : undefined;
    } catch (error) {
      if (error instanceof QueueClientError && error.status === 404) return undefined;
      throw error;
    }
  }
}
