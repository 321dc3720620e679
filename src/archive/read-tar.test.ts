import { expect, test } from 'vitest';
import { packItems, readTar } from './index.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function packed(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const long = `${'d/'.repeat(80)}é`;
  for await (const piece of packItems([
    { type: 'folder', name: 'a', mode: 0o700 },
    { type: 'file', name: 'a/one', content: 'x'.repeat(1000), mode: 0o640 },
    { type: 'file', name: long, content: 'two' },
    { type: 'link', name: 'l', target: 'a/one' },
  ]))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

test.each([1, 7, 512, 100_000])(
  'reads the entries of a tar that comes in pieces of %i bytes',
  async (size) => {
    const found: unknown[] = [];
    for await (const { path, kind, mode, target, content } of readTar(inPieces(await packed(), size))) {
      let bytes = 0;
      for await (const piece of content()) bytes += piece.length;
      found.push([path, kind, mode.toString(8), target, bytes]);
    }
    expect(found).toEqual([
      ['a', 'folder', '700', '', 0],
      ['a/one', 'file', '640', '', 1000],
      [`${'d/'.repeat(80)}é`, 'file', '644', '', 3],
      ['l', 'link', '777', 'a/one', 0],
    ]);
  },
);

test('skips content that nobody reads, or only a part of it', async () => {
  const found: string[] = [];
  for await (const { path, content } of readTar(inPieces(await packed(), 64))) {
    found.push(path);
    if (path === 'a/one') await content().next();
  }
  expect(found).toHaveLength(4);
});

test('says that a tar is cut off', async () => {
  const cut = (await packed()).subarray(0, 900);
  const read = async (): Promise<void> => {
    for await (const { content } of readTar(inPieces(cut, 100))) for await (const _ of content());
  };
  await expect(read()).rejects.toMatchObject({ code: 'CORRUPT' });
});
