import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { GitFacts } from '../pipeline/index.ts';
import { ownerAndProject, parseGitTarget } from '../project/index.ts';
import type { RunSource } from '../runner/index.ts';
import { UsageError } from './exit-code.ts';

/** What a command line can name. */
export type TargetSource = Exclude<RunSource, { type: 'folders' }>;

export interface TargetOptions {
  readonly target: string;
  readonly currentFolder: string;
  /** What the flags say of the repository. */
  readonly git: Partial<GitFacts>;
}

const DEFAULT_DOMAIN = 'github.com';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * What a target means: a folder that is here, else a repository, else an archive at an address, else a folder that is
 * missing. A folder that is here always wins. Throws `UsageError`.
 */
export function readTarget({ target, currentFolder, git }: TargetOptions): TargetSource {
  const folder = resolve(currentFolder, target);
  if (isFolder(folder)) return { type: 'folder', folder };
  // A slip in the name of a folder is no reason to ask the network.
  const isSlip = ownerAndProject(target) !== undefined && isFolder(dirname(folder));
  const parsed = isSlip ? undefined : parseGitTarget(target, git.domain ?? DEFAULT_DOMAIN);
  if (typeof parsed === 'string') throw new UsageError(`${target}: ${parsed}`);
  if (parsed !== undefined) return { type: 'git', target: parsed, facts: git };
  if (/^https?:\/\//.test(target)) return { type: 'tarball', url: target };
  return { type: 'folder', folder };
}

/** `https://host/project-1.2.tar.gz?x` → `project-1.2` */
export function applicationName(source: TargetSource): string {
  if (source.type === 'folder') return basename(source.folder) || 'root';
  if (source.type === 'git') return source.target.repository;
  const path = new URL(source.url).pathname;
  return basename(path).replace(/\.(tar\.gz|tgz|tar)$/, '') || 'project';
}

/** What a person should know when a folder hides a repository of the same name; `undefined` when nothing hides. */
export function hiddenRepository({ target, git }: TargetOptions, source: TargetSource): string | undefined {
  if (source.type !== 'folder' || ownerAndProject(target) === undefined || !isFolder(source.folder))
    return undefined;
  const domain = git.domain ?? DEFAULT_DOMAIN;
  return `${target} is a folder here and is used; the project on ${domain} is https://${domain}/${target}.git`;
}
