import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { PushTarget } from '../../remotes/remote.ts';
import { openRepository } from '../../repository/open-repository.ts';
import type { Ref, Repository } from '../../repository/repository.ts';
import type { OriginalKind } from '../../testing/programs/original-receiver.ts';
import type { SshCommand } from '../ssh-words.ts';

const TESTING = resolve(import.meta.dirname, '../../testing/programs');

/** A repository of ostree's with artifacts to push, and one to push to. Dispose it to remove both. */
export interface PushRig extends AsyncDisposable {
  readonly folder: string;
  readonly source: Repository;
  /** The other one, which ostree made. */
  readonly receiving: string;
  /** Puts files into the source, under refs that all name the commit. */
  commit(refs: readonly string[], files: Readonly<Record<string, string | Buffer>>): Ref[];
  /** What the ref of the other one names; `undefined` where there is none. */
  received(ref: string): string | undefined;
  /** Throws where ostree finds anything wrong with the other one. */
  fsck(): void;
}

/** Any address: what stands for ssh looks at nothing of it. */
export const ANYWHERE: PushTarget = {
  type: 'ssh',
  host: 'cache.example',
  user: 'artifacts',
  path: 'artifacts',
};

const ostree = (repository: string, ...words: string[]): string =>
  execFileSync('ostree', [`--repo=${repository}`, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

export async function createPushRig(): Promise<PushRig> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-push-'));
  const [from, receiving] = [join(folder, 'from'), join(folder, 'receiving')];
  for (const repository of [from, receiving]) ostree(repository, 'init', '--mode=archive');
  const source = await openRepository(from);
  return {
    folder,
    source,
    receiving,
    commit(refs, files) {
      const tree = mkdtempSync(join(folder, 'tree-'));
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, name)), { recursive: true });
        writeFileSync(join(tree, name), content);
      }
      const [first = '', ...others] = refs;
      const commit = ostree(from, 'commit', '-b', first, tree);
      for (const ref of others) ostree(from, 'refs', '--force', '--create', ref, commit);
      return refs.map((ref) => ({ ref, commit }));
    },
    received(ref) {
      try {
        return ostree(receiving, 'rev-parse', ref);
      } catch {
        return undefined;
      }
    },
    fsck: () => void ostree(receiving, 'fsck', '-q'),
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const PULL_URL = 'http://127.0.0.1:9/artifacts';

/** In place of ssh: a receiver of the original's, in this repository. */
export const originalReceiver = (kind: OriginalKind, repository: string): SshCommand => ({
  program: process.execPath,
  options: [join(TESTING, 'original-receiver.ts'), kind, repository, PULL_URL],
});

/** In place of ssh: a receiver that behaves like this. */
export const hostileReceiver = (behaviour: string): SshCommand => ({
  program: process.execPath,
  options: [join(TESTING, 'hostile-receiver.ts'), behaviour],
});
