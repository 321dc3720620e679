import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PullSourceOptions } from '../pull-source.ts';

/** A key of an artifact, for a test: the digit 64 times. */
export const keyOf = (digit: string): string => digit.repeat(64);

export const STRONG = `project/element/${keyOf('a')}`;
export const WEAK = `project/element/${keyOf('b')}`;

/** Files by their paths; text that begins with `-> ` is a link to the rest. */
export type Tree = Readonly<Record<string, string | Buffer>>;

/** Does not compress, and is the same each time. */
export function noise(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export const TREE: Tree = {
  'files/bin/tool': noise(300_000),
  'files/bin/alias': '-> tool',
  'files/share/doc/readme.txt': 'read me\n'.repeat(2000),
  'files/share/empty': '',
  'files/lib/a.so': noise(40_000, 2),
  'files/lib/deep/er/and/deeper/file': 'at the bottom',
  'logs/build.log': 'built\n',
  'meta/artifact.yaml': [
    'keys:',
    `  strong: ${keyOf('a')}`,
    `  weak: ${keyOf('b')}`,
    '  dependencies: {base.bst: 0123}',
    'workspaced: false',
    'workspaced_dependencies: {}',
    '',
  ].join('\n'),
};

/** A repository that the real `ostree` keeps. Dispose it to remove it. */
export interface OstreeRemote extends Disposable {
  readonly folder: string;
  /** Commits a tree under a ref; gives the commit. `prepare`: called with its folder before. */
  commit(ref: string, tree: Tree, prepare?: (root: string) => void): string;
  /** Runs `ostree COMMAND --repo=…`; gives what it prints. */
  ostree(command: string, ...words: readonly string[]): string;
}

export function openOstreeRemote(mode = 'archive'): OstreeRemote {
  const parent = mkdtempSync(join(tmpdir(), 'slipway-remote-'));
  const remote = remoteIn(parent);
  remote.ostree('init', `--mode=${mode}`);
  return remote;
}

/** Another one with the same in it: faster than to make it. */
export function copyOf({ folder }: OstreeRemote): OstreeRemote {
  const parent = mkdtempSync(join(tmpdir(), 'slipway-remote-'));
  cpSync(folder, join(parent, 'repository'), { recursive: true });
  return remoteIn(parent);
}

function remoteIn(parent: string): OstreeRemote {
  const folder = join(parent, 'repository');
  const ostree = (command: string, ...words: readonly string[]): string =>
    execFileSync('ostree', [command, `--repo=${folder}`, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let trees = 0;
  return {
    folder,
    ostree,
    commit(ref, tree, prepare = () => {}) {
      trees += 1;
      const root = join(parent, `tree-${trees}`);
      for (const [path, content] of Object.entries(tree)) writeEntry(join(root, path), content);
      prepare(root);
      const commit = ostree('commit', `--branch=${ref}`, `--subject=${ref}`, ...OWNER, root).trim();
      ostree('summary', '-u');
      return commit;
    },
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  };
}

const OWNER = ['--owner-uid=0', '--owner-gid=0', '--timestamp=2018-01-15T00:00:00Z'];

function writeEntry(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), path);
  else writeFileSync(path, content);
}

const SETXATTR = { x64: 188, arm64: 5 }[process.arch as 'x64' | 'arm64']; // the machines that tests run on

/** Node cannot set them, and perl is there on every Debian. */
export function setAttribute(path: string, name: string, value: string): void {
  const script =
    'syscall(shift(@ARGV) + 0, $ARGV[0], $ARGV[1], $ARGV[2], length($ARGV[2]), 0) == 0 or die $!';
  execFileSync('perl', ['-e', script, String(SETXATTR), path, name, value]);
}

/** Asks quickly, and again at once; no proxy of the machine comes between. */
export const patient = (options: Partial<PullSourceOptions> = {}): PullSourceOptions => ({
  retryPausesMs: [1, 1, 1],
  stallTimeoutMs: 20_000,
  environment: {},
  signal: new AbortController().signal,
  ...options,
});
