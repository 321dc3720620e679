import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type DigestedEntry,
  digestTree,
  type IgnoreMatcher,
  type TreeDigest,
} from '../../../archive/index.ts';
import { ambientNamesInBytes } from '../../../pipeline/index.ts';
import { readIgnore } from '../../stage-source.ts';
import type { KeyContext } from './key-context.ts';
import { openSourceMemory } from './source-memory.ts';

/** What of a source decides a key. */
export interface SourceDigest extends TreeDigest {
  readonly entries: readonly DigestedEntry[];
  /** Which commit of which branch is checked out, where a `.git` goes into the box. */
  readonly checkedOut?: string;
}

/**
 * The source as the box would get it, as one digest.
 *
 * The folder `.git` counts as the commit, branch and tag that are checked out: its files are other ones on every machine,
 * and change when somebody asks git for the status.
 */
export async function digestSource(
  context: KeyContext,
  ignoreFile: string | undefined,
): Promise<SourceDigest> {
  const { request, folder, signal } = context;
  const { source } = request;
  const from = source.type === 'folder' ? source.folder : folder.project;
  const ignore =
    source.type === 'folder'
      ? await readIgnore(resolve(from, request.ignoreFile ?? ignoreFile ?? '.werckerignore'))
      : undefined;
  const entries: DigestedEntry[] = [];
  const memory = await openSourceMemory(memoryFile(context, from));
  const digest = await digestTree(from, {
    ignore: (path, isFolder) => path === '.git' || (ignore?.(path, isFolder) ?? false),
    ...(source.type === 'folder' && { exclude: [folder.root] }),
    memory,
    wordsIn: ambientNamesInBytes,
    onEntry: (entry) => entries.push(entry),
    signal,
  });
  await memory.save();
  return { ...digest, entries, ...(await checkedOut(context, from, ignore)) };
}

const memoryFile = ({ folder }: KeyContext, from: string): string =>
  join(folder.root, 'cached', `${createHash('sha256').update(from).digest('hex').slice(0, 16)}.json`);

async function checkedOut(
  { request }: KeyContext,
  from: string,
  ignore: IgnoreMatcher | undefined,
): Promise<{ checkedOut?: string }> {
  const found = await stat(join(from, '.git')).catch(() => undefined);
  if (found === undefined || ignore?.('.git', found.isDirectory())) return {};
  const { commit, branch, tag } = request.git;
  return { checkedOut: [commit, branch, tag].filter((part) => part !== '').join(' ') || 'nothing yet' };
}

/** A step's files, which are not many: read each time. */
export async function digestStep(folder: string, signal: AbortSignal): Promise<TreeDigest> {
  return await digestTree(folder, { wordsIn: ambientNamesInBytes, signal });
}
