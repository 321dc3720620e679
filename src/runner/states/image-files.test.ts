import { expect, test } from 'vitest';
import { packItems, type TarItem } from '../../archive/index.ts';
import { diffFiles } from './diff-files.ts';
import { readImageFiles } from './image-files.ts';

async function tar(items: readonly TarItem[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of packItems(items)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function* stream(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  await Promise.resolve();
}

const file = (name: string, content = ''): TarItem => ({ type: 'file', name, content });

/** As `docker save` gives it: the list of layers comes last. */
async function image(layers: readonly (readonly TarItem[])[], path: (i: number) => string): Promise<Buffer> {
  const items: TarItem[] = [];
  for (const [i, layer] of layers.entries()) {
    items.push({ type: 'file', name: path(i), content: await tar(layer) });
  }
  const manifest = [{ Config: 'config.json', Layers: layers.map((_, i) => path(i)) }];
  const config = file('config.json', '{}');
  return await tar([...items, config, file('manifest.json', JSON.stringify(manifest))]);
}

const LAYERS: readonly (readonly TarItem[])[] = [
  [file('etc/a', 'one'), file('etc/b', 'b'), file('var/x/y', 'y'), file('opt/old', 'o')],
  [
    file('etc/.wh.b'),
    file('var/.wh.x'),
    file('opt/.wh..wh..opq'),
    file('opt/new', 'n'),
    file('etc/a', 'two'),
  ],
];

test.each([
  ['as engines wrote them', (i: number) => `layer${i}/layer.tar`],
  ['as blobs', (i: number) => `blobs/sha256/${i}`],
])('lays layers on each other, %s', async (_, path) => {
  const wanted = new Set(['/etc/a']);
  const { files, contents } = await readImageFiles(stream(await image(LAYERS, path)), { wanted });
  expect([...files.keys()].sort()).toEqual(['/etc/a', '/opt/new']);
  expect(contents.get('/etc/a')?.toString()).toBe('two');
});

test('compares two images, and reads layers that both have only once', async () => {
  const path = (i: number): string => `layer${i}/layer.tar`;
  const known = new Map();
  const before = await readImageFiles(stream(await image(LAYERS.slice(0, 1), path)), { known });
  const after = await readImageFiles(stream(await image(LAYERS, path)), { known });
  expect(known.size).toBe(2);
  expect(diffFiles(before.files, after.files).map(({ path: name, change }) => [name, change])).toEqual([
    ['/etc/a', 'changed'],
    ['/etc/b', 'removed'],
    ['/opt/new', 'added'],
    ['/opt/old', 'removed'],
    ['/var/x/y', 'removed'],
  ]);
});

test('refuses an image whose layers cannot be read', async () => {
  const broken = await tar([file('manifest.json', JSON.stringify([{ Layers: ['nope/layer.tar'] }]))]);
  await expect(readImageFiles(stream(broken))).rejects.toThrow('layers that cannot be read');
});
