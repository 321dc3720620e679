import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { CacheError } from '../error.ts';
import type { BuildstreamFile } from './buildstream-file.ts';
import type { CacheGroup } from './cache-group.ts';
import { type Remotes, remotesOf } from './remotes-of.ts';

const MAX_BYTES = 1024 ** 2;

export interface RemotesInput {
  readonly environment: NodeJS.ProcessEnv;
  /** Of the project: a `project.conf` in it is read. Absolute. */
  readonly projectFolder: string;
  /** What Slipway's own configuration file says. */
  readonly own?: CacheGroup;
}

/** The text of a file that may be absent. */
async function textOf(path: string): Promise<string | undefined> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new CacheError('INVALID_CONFIGURATION', `${path}: ${what}`, { cause });
  };
  try {
    const found = await stat(path); // first, because opening a pipe waits for its writer
    if (!found.isFile()) return refuse('this is no file');
    if (found.size > MAX_BYTES) return refuse(`the file has ${found.size} bytes, the limit is ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CacheError) throw error;
    const { code, errno = 0 } = error as NodeJS.ErrnoException; // what stat and readFile throw
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return refuse(`the file cannot be read: ${getSystemErrorMap().get(errno)?.[1] ?? code}`, error);
  }
}

async function readFileOf(path: string, project?: string): Promise<BuildstreamFile> {
  const source = await textOf(path);
  if (source === undefined) return {};
  const { parseBuildstreamFile } = await import('./buildstream-file.ts');
  return parseBuildstreamFile(path, source, project);
}

/** `$XDG_CONFIG_HOME/buildstream.conf`, else `~/.config/buildstream.conf`. Relative variables of XDG do not count. */
function userFile(environment: NodeJS.ProcessEnv): string {
  const shared = environment['XDG_CONFIG_HOME'];
  const folder = shared && isAbsolute(shared) ? shared : join(environment['HOME'] || homedir(), '.config');
  return join(folder, 'buildstream.conf');
}

/**
 * The caches that hold for a project: what the user's `buildstream.conf` says of this project, then its `project.conf`,
 * then Slipway's own configuration, then what the user's `buildstream.conf` says of all projects; `remotesOf` says how
 * they go together. Throws `INVALID_CONFIGURATION`.
 */
export async function readRemotes({ environment, projectFolder, own }: RemotesInput): Promise<Remotes> {
  const project = await readFileOf(join(projectFolder, 'project.conf'));
  const user = await readFileOf(userFile(environment), project.project);
  const levels = [user.override, project.artifacts, own, user.artifacts];
  return remotesOf(levels.filter((level) => level !== undefined));
}
