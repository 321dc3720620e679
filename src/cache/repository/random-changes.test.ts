import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CacheError } from '../error.ts';
import { initRepository } from './init-repository.ts';
import { openRepository } from './open-repository.ts';
import { makeArtifact } from './testing/make-artifact.ts';
import {
  expectSound,
  ostree,
  publishArtifact,
  summaryOf,
  temporaryFolder,
} from './testing/repository-folder.ts';

type Change =
  | { readonly type: 'publish'; readonly content: string; readonly refs: readonly string[] }
  | { readonly type: 'remove'; readonly refs: readonly string[] }
  | { readonly type: 'original-removes'; readonly ref: string }
  | { readonly type: 'original-commits'; readonly content: string; readonly ref: string }
  | { readonly type: 'original-summary' };

// Some are folders of others, which only one of them can be.
const ref = fc.constantFrom('a', 'a/b', 'a/b/c', 'p/e/1', 'p/e/2', 'p/f/1', 'q');
const refs = fc.uniqueArray(ref, { minLength: 1, maxLength: 2 });
const content = fc.constantFrom('one', 'two', 'three');
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('publish' as const), content, refs }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), refs }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('original-removes' as const), ref }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('original-commits' as const), content, ref }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('original-summary' as const) }) },
);

async function carryOut(folder: string, each: Change): Promise<void> {
  await using repository = await openRepository(folder);
  switch (each.type) {
    case 'publish':
      return await publishArtifact(repository, makeArtifact({ file: each.content }), ...each.refs);
    case 'remove':
      return void (await repository.removeRefs(each.refs));
    case 'original-removes':
      return void ostree(folder, 'refs', '--delete', each.ref);
    case 'original-summary':
      return void ostree(folder, 'summary', '-u');
    case 'original-commits': {
      const tree = join(folder, '..', 'tree');
      rmSync(tree, { recursive: true, force: true });
      mkdirSync(tree);
      writeFileSync(join(tree, 'file'), each.content);
      return void ostree(folder, 'commit', `--branch=${each.ref}`, `--tree=dir=${tree}`);
    }
  }
}

/** What cannot be, as one ref is a folder of another, is refused and changes nothing. */
async function tryOut(folder: string, each: Change): Promise<void> {
  try {
    await carryOut(folder, each);
  } catch (error) {
    const isOriginal = each.type.startsWith('original-');
    const isRefused = error instanceof CacheError && error.code === 'INVALID_REF';
    if (!isOriginal && !isRefused) throw error;
  }
}

describe('any changes of refs, some of them at the same time', () => {
  it('leave a repository that is sound, and that everybody lists alike', async () => {
    const parent = temporaryFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
        async (steps) => {
          run += 1;
          const folder = join(parent, String(run), 'repository');
          await initRepository(folder);
          for (const beside of steps) {
            // Programs of the original run one after the other: they block this process.
            await Promise.all(beside.map((each) => tryOut(folder, each)));
          }
          await publishArtifact(await openRepository(folder), makeArtifact({ file: 'last' }), 'z/last');
          expectSound(folder);
          await using repository = await openRepository(folder);
          const listed = Object.fromEntries(
            (await repository.listRefs()).map(({ ref: name, commit }) => [name, commit]),
          );
          expect(summaryOf(folder)).toEqual(listed);
          expect(new Set(ostree(folder, 'refs').trim().split('\n'))).toEqual(new Set(Object.keys(listed)));
        },
      ),
      { numRuns: 12 },
    );
  });
});
