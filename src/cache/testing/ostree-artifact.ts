import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OriginalPush } from './original-client.ts';
import type { OriginalMember } from './original-tar.ts';

/** An artifact that the real `ostree` made. */
export interface OstreeArtifact {
  readonly commit: string;
  /** All of its objects, by the names that they have in a push. */
  readonly objects: readonly OriginalMember[];
}

export const ostree = (...words: readonly string[]): string =>
  execFileSync('ostree', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Files by their paths; text that begins with `-> ` is a link to the rest. */
export type Tree = Readonly<Record<string, string | Buffer>>;

/** Commits a tree with the real `ostree`. The same tree has the same objects but for the commit, which knows its subject. */
export function makeArtifact(tree: Tree, subject = 'project/element/key'): OstreeArtifact {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-ostree-'));
  try {
    for (const [path, content] of Object.entries(tree)) writeEntry(join(folder, 'tree', path), content);
    const repository = join(folder, 'repository');
    ostree('init', `--repo=${repository}`, '--mode=archive');
    const owner = ['--owner-uid=0', '--owner-gid=0', '--timestamp=2018-01-15T00:00:00Z', '--orphan'];
    const words = ['commit', `--repo=${repository}`, ...owner, `--subject=${subject}`];
    const commit = ostree(...words, join(folder, 'tree')).trim();
    return { commit, objects: objectsBelow(join(repository, 'objects')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A push of it under some refs. */
export const pushOf = ({ commit, objects }: OstreeArtifact, ...refs: readonly string[]): OriginalPush => ({
  refs: refs.map((ref) => ({ ref, commit })),
  objects,
});

function writeEntry(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), path);
  else writeFileSync(path, content);
}

function objectsBelow(folder: string): OriginalMember[] {
  return readdirSync(folder).flatMap((start) =>
    readdirSync(join(folder, start)).map((rest) => ({
      name: start + rest,
      bytes: readFileSync(join(folder, start, rest)),
    })),
  );
}
