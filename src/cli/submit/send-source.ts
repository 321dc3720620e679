import { join, relative, resolve } from 'node:path';
import { signRequest } from '../../auth/index.ts';
import {
  CacheError,
  type CommittedTree,
  commitTree,
  type PushProgress,
  type Repository,
  type UploadedRefs,
  uploadRefs,
} from '../../cache/index.ts';
import { readIgnore, sourceRef, submittedRef } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { openCache } from '../open-cache.ts';
import { credentialsFor } from '../tasks/open-queue-client.ts';
import type { Submission } from './submission.ts';

export interface SendSourceOptions {
  /** Of the deployment, without a trailing slash. */
  readonly rootUrl: string;
  /** As the file names it. */
  readonly ignoreFile?: string;
  readonly onProgress: (progress: PushProgress) => void;
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A source that the fleet has. */
export interface SentSource {
  readonly ref: string;
  readonly commit: string;
  readonly tree: CommittedTree;
  readonly uploaded: UploadedRefs;
}

/**
 * Commits what a build would copy into the artifact cache of this machine, where only files that changed are read, and
 * sends the fleet what it has not. The same files are the same commit. Throws `CacheError`.
 */
export async function sendSource(
  context: CommandContext,
  submission: Submission,
  options: SendSourceOptions,
): Promise<SentSource> {
  await using cache = await openCache(context);
  const { repository } = cache;
  const { rootUrl, onProgress, onNotice, signal } = options;
  const tree = await commitSource(repository, submission, options);
  const ref = sourceRef(submission.pipeline.application.name, tree.commit);
  const credentials = await credentialsFor(context, rootUrl);
  const target = {
    url: `${rootUrl}/artifacts/`,
    ...(credentials !== undefined && {
      authorize: (method: string, url: URL) => signRequest(method, url, { credentials }),
    }),
  };
  const refs = [{ ref, commit: tree.commit }];
  const uploaded = await uploadRefs(repository, refs, target, {
    environment: context.environment,
    onProgress,
    onNotice,
    signal,
  }).catch((error: unknown) => {
    throw explained(error, ref);
  });
  return { ref, commit: tree.commit, tree, uploaded };
}

async function commitSource(
  repository: Repository,
  { folder, workingDir, pipeline }: Submission,
  { ignoreFile, signal }: SendSourceOptions,
): Promise<CommittedTree> {
  const named = pipeline.options?.ignoreFile ?? ignoreFile ?? '.werckerignore';
  const ignore = await readIgnore(resolve(folder, named));
  const working = relative(folder, workingDir);
  const leaveOut = (path: string, isFolder: boolean): boolean => path === working || ignore(path, isFolder);
  const { name } = pipeline.application;
  await using staging = await repository.openStaging();
  const tree = await commitTree(staging, [{ path: '', folder, leaveOut }], {
    subject: sourceRef(name, ''), // which a server reads
    timestampSeconds: 0, // when it was sent is no part of it
    notesFolder: join(repository.folder, '.slipway/trees'),
    signal,
  });
  await staging.publish([{ ref: submittedRef(name), commit: tree.commit }], { signal, writeOnce: false });
  return tree;
}

function explained(error: unknown, ref: string): unknown {
  if (!(error instanceof CacheError) || error.code !== 'REFUSED' || error.hint !== undefined) return error;
  const hint = `Who submits needs the scope cache:push:${ref.slice(0, ref.lastIndexOf('/'))}/*, and one of the queue for the task.`;
  return new CacheError(error.code, error.message, { cause: error, hint });
}
