import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { packItems, type TarItem } from '../../archive/index.ts';
import { craftTar } from '../../artifacts/testing/crafted-tar.ts';
import type { CachedBuild } from './build-cache.ts';
import { DamagedBuildError } from './damaged-build.ts';
import { followRecipe, makeRecipe } from './tar-recipe.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-recipe-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(tar: Buffer): string {
  const file = join(folder, 'output.tar');
  writeFileSync(file, tar);
  return file;
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(Uint8Array.from(piece));
  return Buffer.concat(found);
}

async function* inPieces(content: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < content.length; at += 1000)
    yield await Promise.resolve(content.subarray(at, at + 1000));
}

const buildOf = (files: ReadonlyMap<string, Buffer>): CachedBuild => ({
  commit: '',
  from: '',
  read: (path) => Promise.resolve(files.get(path)),
  open: (path) => Promise.resolve(files.has(path) ? inPieces(files.get(path) ?? Buffer.alloc(0)) : undefined),
  touch: () => Promise.resolve(),
});

const name = fc.stringMatching(/^[a-zä ]{1,12}$/);
// Beyond 256 KiB a file is not read whole.
const content = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.integer({ min: 0, max: 255 }).map((byte) => Buffer.alloc(300_000, byte)),
);
const item = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('file' as const), name, content }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('folder' as const), name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('link' as const), name, target: name }) },
);

describe('the recipe of a tar', () => {
  it('gives the same bytes again with the contents of its files', async () => {
    const items = fc.uniqueArray(item, { selector: (each) => each.name, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(items, async (found) => {
        const below = found.map((each): TarItem => ({ ...each, name: `output/${each.name}` }));
        const tar = await all(packItems([{ type: 'folder', name: 'output' }, ...below]));
        const { recipe, rest, sizeBytes } = await makeRecipe(written(tar));
        const files = new Map(
          found.flatMap((each) =>
            each.type === 'file' ? [[`files/${each.name}`, Buffer.from(each.content)] as const] : [],
          ),
        );
        expect(sizeBytes).toBe(tar.length);
        const kept = [...files.values()].reduce((sum, { length }) => sum + length, 0);
        expect(rest.length).toBe(tar.length - kept);
        const again = await all(followRecipe(buildOf(files), { recipe, rest, folder: 'files' }));
        expect(again.equals(tar)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('is not made of a tar that has two entries of one path', async () => {
    const tar = craftTar({ name: 'output/a', content: 'one' }, { name: 'output/a', content: 'two' });
    await expect(makeRecipe(written(tar))).rejects.toThrow(DamagedBuildError);
  });

  it.each([
    ['absent', undefined],
    ['shorter', 'conten'],
    ['longer', 'content.'],
  ])('leads nowhere where a file is %s', async (_what, found) => {
    const { recipe, rest } = await makeRecipe(written(craftTar({ name: 'output/a', content: 'content' })));
    const files = new Map(found === undefined ? [] : [['files/a', Buffer.from(found)]]);
    const following = all(followRecipe(buildOf(files), { recipe, rest, folder: 'files' }));
    await expect(following).rejects.toThrow(DamagedBuildError);
  });
});
