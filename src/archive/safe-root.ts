import { constants, linkSync, mkdirSync, openSync, symlinkSync, unlinkSync } from 'node:fs';
import { type BytePath, bytePath, fsPath, joinPath, pathText } from './byte-path.ts';
import { ArchiveError, fileError } from './error.ts';
import { leadsInside, linkTargetProblem } from './link-target.ts';
import { lstat } from './walk.ts';

/**
 * A folder that entries of an archive are written into. Nothing is ever written through a link, and a folder is never
 * replaced by anything, so that what was found to be a folder stays one. Paths have been through `safeParts`.
 *
 * All methods throw `UNSAFE_ENTRY`, `NO_SPACE` or `IO`, naming the entry.
 */
export interface SafeRoot {
  folder(parts: readonly string[]): void;
  /** Opens a new file for writing; the caller closes it. One that is there is removed first. */
  file(parts: readonly string[], mode: number): number;
  /** Makes a symbolic link. With `anyTarget` also one that leads outside. */
  link(parts: readonly string[], target: BytePath, anyTarget: boolean): void;
  /** Gives a file that was extracted before one more name. */
  hardLink(parts: readonly string[], target: readonly string[]): void;
  /** To be called at the end: looks at the links whose target could not be judged before. */
  checkLinks(): void;
}

const FILE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface State {
  readonly root: BytePath;
  /** The folders that are known, by path; of those made here the names inside, so that the disk need not be asked. */
  readonly folders: Map<string, Set<string> | undefined>;
  readonly undecided: (readonly string[])[];
}

export function createSafeRoot(folder: string): SafeRoot {
  const root = bytePath(folder);
  const made = attempt('make the folder', root, () => mkdirSync(fsPath(root), { recursive: true }));
  const names = made === undefined ? undefined : new Set<string>();
  const state: State = { root, folders: new Map([['', names]]), undecided: [] };
  return {
    folder: (parts) => ensureFolder(state, parts),
    file(parts, mode) {
      const path = clear(state, parts);
      return attempt('write', path, () => openSync(fsPath(path), FILE_FLAGS, mode & 0o777));
    },
    link: (parts, target, anyTarget) => makeLink(state, parts, target, anyTarget),
    hardLink: (parts, target) => makeHardLink(state, parts, target),
    checkLinks() {
      for (const parts of state.undecided) {
        if (!leadsInside(state.root, parts))
          throw unsafe(parts, 'is a link that leads outside of the folder');
      }
    },
  };
}

/**
 * The parts of an entry's path, without empty ones and `.`. Throws `UNSAFE_ENTRY` when it is absolute, goes up, or has a
 * zero byte.
 */
export function safeParts(path: BytePath): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (path.startsWith('/')) throw unsafe([path], 'has an absolute path');
  if (parts.includes('..')) throw unsafe([path], 'has a path that goes up with ".."');
  if (path.includes('\0')) throw unsafe([path], 'has a zero byte in its path');
  return parts;
}

export function unsafe(parts: readonly string[], what: string): ArchiveError {
  // Parts of byte paths.
  const path = pathText(parts.join('/') as BytePath);
  return new ArchiveError(
    'UNSAFE_ENTRY',
    `The archive is not safe to unpack: ${JSON.stringify(path)} ${what}`,
    { path },
  );
}

function ensureFolder(state: State, parts: readonly string[]): void {
  const key = parts.join('/');
  if (state.folders.has(key)) return;
  ensureFolder(state, parts.slice(0, -1));
  const path = pathOf(state, parts);
  const found = existing(state, parts, path);
  if (found === undefined) attempt('make the folder', path, () => mkdirSync(fsPath(path), 0o755));
  else if (!found.isDirectory())
    throw unsafe(parts, 'is a folder where the archive has a file or link before');
  state.folders.set(key, found === undefined ? new Set() : undefined);
}

/** Makes sure of the folder above and removes a file or link that an earlier entry left at the same path. */
function clear(state: State, parts: readonly string[]): BytePath {
  ensureFolder(state, parts.slice(0, -1));
  const path = pathOf(state, parts);
  const found = existing(state, parts, path);
  if (found?.isDirectory()) throw unsafe(parts, 'would replace a folder');
  if (found !== undefined) attempt('replace', path, () => unlinkSync(fsPath(path)));
  return path;
}

/** What stands at a path whose folder is known. The name counts as taken from now on. */
function existing(state: State, parts: readonly string[], path: BytePath): ReturnType<typeof lstat> {
  const names = state.folders.get(parts.slice(0, -1).join('/'));
  const name = parts.at(-1) ?? '';
  if (names === undefined || names.has(name)) return lstat(path);
  names.add(name);
  return undefined;
}

function makeLink(state: State, parts: readonly string[], target: BytePath, anyTarget: boolean): void {
  const problem = target === '' || target.includes('\0') ? 'invalid' : linkTargetProblem(parts, target);
  if (problem === 'invalid' || (problem === 'outside' && !anyTarget)) {
    throw unsafe(parts, `is a link to ${JSON.stringify(pathText(target))}, which is outside of the folder`);
  }
  const path = clear(state, parts);
  attempt('make the link', path, () => symlinkSync(fsPath(target), fsPath(path)));
  if (problem === 'undecided' && !anyTarget) state.undecided.push(parts);
}

function makeHardLink(state: State, parts: readonly string[], target: readonly string[]): void {
  const source = pathOf(state, target);
  const above = target.slice(0, -1);
  const isOurs = state.folders.has(above.join('/')) && lstat(source)?.isFile();
  if (!isOurs)
    throw unsafe(parts, `is a link to ${JSON.stringify(target.join('/'))}, which is no file before it`);
  if (parts.join('/') === target.join('/')) return;
  const path = clear(state, parts);
  attempt('make the link', path, () => linkSync(fsPath(source), fsPath(path)));
}

function pathOf(state: State, parts: readonly string[]): BytePath {
  return joinPath(state.root, parts.join('/'));
}

function attempt<T>(what: string, path: BytePath, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw fileError(what, pathText(path), cause);
  }
}
