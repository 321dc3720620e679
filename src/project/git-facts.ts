import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { GitFacts } from '../pipeline/index.ts';

const run = promisify(execFile);

const GIT_TIMEOUT_MS = 10_000;

/** What git prints, trimmed; empty where there is no git, no repository or no commit. */
async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    // The folder is not ours: nothing that its configuration names may be started.
    const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
    const { stdout } = await run('git', [...safe, ...args], { cwd: folder, timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  } catch {
    return '';
  }
}

/** The name of the user of this process; `wercker` where the system knows none. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'wercker';
  }
}

/** Guesses what is not `given`, from the repository around a folder (contract: "How values are guessed"). */
export async function readGitFacts(folder: string | undefined, given: Partial<GitFacts>): Promise<GitFacts> {
  const ask = async (isAsked: boolean, ...args: string[]): Promise<readonly string[]> =>
    isAsked && folder !== undefined ? (await git(folder, ...args)).split('\n') : [];
  const [[head = '', name = ''], tags] = await Promise.all([
    // Both in one go: each git costs 5 ms of a run's start.
    ask(
      given.commit === undefined || given.branch === undefined,
      'rev-parse',
      'HEAD',
      '--abbrev-ref',
      'HEAD',
    ),
    ask(given.tag === undefined, 'tag', '--points-at', 'HEAD'),
  ]);
  const [commit, branch] = [given.commit ?? head, given.branch ?? name];
  return {
    domain: given.domain ?? '',
    owner: given.owner ?? userName(),
    repository: given.repository ?? '',
    branch: branch === 'HEAD' ? '' : branch,
    tag: given.tag ?? tags.at(-1) ?? '',
    commit: commit === 'HEAD' ? '' : commit,
  };
}

/** Which folder of which repository something is, by names that all its clones have. */
export interface GitOrigin {
  /** `https://host/me/app.git` → `app` */
  readonly repository: string;
  /** The folder below the top of the repository; empty for the top itself. */
  readonly path: string;
}

/** Where a folder was cloned from; `undefined` where git knows of no `origin`. */
export async function readGitOrigin(folder: string): Promise<GitOrigin | undefined> {
  const [url, path] = await Promise.all([
    git(folder, 'config', '--get', 'remote.origin.url'),
    git(folder, 'rev-parse', '--show-prefix'),
  ]);
  const repository = /([^/:\\]+?)(?:\.git)?\/*$/.exec(url)?.[1];
  return repository === undefined ? undefined : { repository, path: path.replace(/\/$/, '') };
}
