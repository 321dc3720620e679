import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { GitTarget } from './fetch-target.ts';

/** `ABORTED`: the signal said so. `NO_GIT`: there is no git on this machine. `FAILED`: git could not, and says why. */
export type GitFetchErrorCode = 'ABORTED' | 'NO_GIT' | 'FAILED';

/** A repository was not fetched; the message is for the person and has no credentials. */
export class GitFetchError extends Error {
  override readonly name = 'GitFetchError';
  readonly code: GitFetchErrorCode;

  constructor(code: GitFetchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface FetchGitOptions {
  readonly target: GitTarget;
  /** Made by this; nothing may be there. */
  readonly folder: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/** A URL as it may be shown: without user, password and query. */
export const shownGitUrl = (url: string): string =>
  url.replace(/(\w+:\/\/)[^/@]*@/g, '$1').replace(/[?#].*$/, '');

const SETTINGS = [
  'protocol.ext.allow=never',
  'protocol.fd.allow=never',
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'advice.detachedHead=false',
  // A connection that sends nothing for a minute is dead.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
].flatMap((setting) => ['-c', setting]);

const CLONE = ['clone', '--quiet', '--no-recurse-submodules', '--template='];

/**
 * Clones a repository with the system's git, as shallow as can be; the person's own git configuration gives the
 * credentials, and nobody is asked for any. Throws `GitFetchError`; the folder is to be removed by the caller.
 */
export async function fetchGit(options: FetchGitOptions): Promise<void> {
  const { target, folder } = options;
  const { url, ref } = target;
  const where = ['--', url, folder];
  if (ref === undefined) return await git(options, [...CLONE, '--depth', '1', ...where]);
  try {
    await git(options, [...CLONE, '--depth', '1', '--branch', ref, ...where]);
  } catch (error) {
    const mayBeCommit = /^[0-9a-f]{7,64}$/i.test(ref);
    if (!(error instanceof GitFetchError) || error.code !== 'FAILED' || !mayBeCommit) throw error;
    // A commit has no name that could be asked for alone, so all of them come.
    await rm(folder, { recursive: true, force: true });
    await git(options, [...CLONE, '--no-checkout', ...where]);
    await git(options, ['-C', folder, 'checkout', '--quiet', '--detach', `${ref}^{commit}`, '--']);
  }
}

async function git(options: FetchGitOptions, words: readonly string[]): Promise<void> {
  const { signal, target } = options;
  throwIfAborted(signal);
  // In a session of its own there is no terminal that ssh could ask on.
  const child = spawn('git', [...SETTINGS, ...words], {
    env: gitEnvironment(options.environment),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  const said = collect(child.stderr);
  try {
    const [code] = (await once(child, 'close')) as [number | null]; // what the event is documented to carry
    throwIfAborted(signal);
    if (code === 0) return;
    throw new GitFetchError('FAILED', `cannot fetch ${shownGitUrl(target.url)}: ${reason(said(), target)}`);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new GitFetchError('NO_GIT', 'git is needed to fetch a project and is not on the PATH: install it', {
      cause,
    });
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function throwIfAborted({ aborted, reason }: AbortSignal): void {
  if (aborted) throw new GitFetchError('ABORTED', 'Fetching the project was stopped', { cause: reason });
}

const MAX_KEPT_LENGTH = 8192;

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-MAX_KEPT_LENGTH);
  });
  return () => text;
}

/** The person's variables without those by which a git hook would point at another repository. */
function gitEnvironment(environment: ReadonlyMap<string, string>): Record<string, string> {
  const kept = [...environment].filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true', // answers nothing, where a window would open
    SSH_ASKPASS_REQUIRE: 'never',
  };
}

const NEEDS_CREDENTIALS =
  /could not read (Username|Password)|Authentication failed|Permission denied|terminal prompts disabled/i;
const MAX_REASON_LENGTH = 300;

/** git's own reason in one line, without credentials. */
function reason(said: string, { ref }: GitTarget): string {
  if (/Remote branch .* not found|unknown revision|pathspec/i.test(said)) {
    return `there is no branch, tag or commit "${ref}"`;
  }
  if (NEEDS_CREDENTIALS.test(said)) {
    return 'it needs credentials, or is not there: give them to git (a credential helper, or a key for ssh)';
  }
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  // What ssh says is before git's own, which is always the same then.
  const fatal = lines.find(
    (line) => line.startsWith('fatal:') && !line.includes('read from remote repository'),
  );
  const line = fatal ?? lines[0] ?? 'git gave no reason';
  const plain = shownGitUrl(line.replace(/^(fatal|error):\s*/, '')).replace(/[\p{Cc}\s]+/gu, ' ');
  return plain.trim().slice(0, MAX_REASON_LENGTH);
}
