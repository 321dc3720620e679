import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebaseTar } from './rebase-tar.ts';

const LONG = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-rebase-'));
  const root = join(folder, 'top');
  mkdirSync(join(root, 'sub', 'd'.repeat(90)), { recursive: true });
  writeFileSync(join(root, 'a.txt'), 'alpha\n');
  writeFileSync(join(root, 'sub', 'größe.bin'), Buffer.alloc(3000, 7));
  writeFileSync(join(root, 'sub', LONG), 'long\n', { mode: 0o755 });
  execFileSync('ln', [join(root, 'a.txt'), join(root, 'sub', 'hard')]);
  execFileSync('ln', ['-s', '../a.txt', join(root, 'sub', 'soft')]);
});

afterAll(() => rmSync(folder, { recursive: true }));

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  yield* cut(bytes, size);
}

async function rebased(tar: Buffer, options: Parameters<typeof rebaseTar>[1], size = 700): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of rebaseTar(chunks(tar, size), options)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const pack = (...words: string[]): Buffer =>
  execFileSync('tar', ['-C', folder, '--sort=name', ...words, '-c', 'top']);

const list = (tar: Buffer, ...words: string[]): string =>
  execFileSync('tar', ['-t', ...words], { input: tar, encoding: 'utf8' });

describe.each(['pax', 'gnu', 'ustar'])('a tar in the format %s', (format) => {
  test('has its entries without the first part of their paths', async () => {
    const tar = await rebased(pack(`--format=${format}`), { stripComponents: 1 });
    expect(list(tar, '--quoting-style=literal').trim().split('\n')).toEqual([
      'a.txt',
      'sub/',
      `sub/${'d'.repeat(90)}/`,
      `sub/${LONG}`,
      'sub/größe.bin',
      'sub/hard',
      'sub/soft',
    ]);
  });

  test('keeps content, modes and links, hard ones too', async () => {
    const tar = await rebased(pack(`--format=${format}`), { stripComponents: 1 });
    const target = mkdtempSync(join(folder, 'out-'));
    execFileSync('tar', ['-C', target, '-x'], { input: tar });
    const compare = (): Buffer => execFileSync('diff', ['-r', join(folder, 'top'), target]);
    expect(compare()).toHaveLength(0);
    const facts = execFileSync('stat', ['-c', '%a %h', join(target, 'sub', LONG), join(target, 'a.txt')]);
    expect(facts.toString()).toBe('755 1\n644 2\n');
  });

  test('is the same bytes whatever the times are, where one time is given', async () => {
    const options = { stripComponents: 1, mtimeSeconds: 0 };
    const first = await rebased(pack(`--format=${format}`, '--mtime=2001-01-01'), options);
    const second = await rebased(pack(`--format=${format}`, '--mtime=2020-02-02 02:02:02.5'), options, 5000);
    expect(second.equals(first)).toBe(true);
  });
});

test('entries may be left out, each on its own', async () => {
  const seen: string[] = [];
  const tar = await rebased(pack(), {
    stripComponents: 1,
    leaveOut: (path) => path.startsWith('sub') && path !== 'sub/hard',
    onEntry: ({ path, kind }) => seen.push(`${kind} ${path}`),
  });
  expect(list(tar)).toBe('a.txt\nsub/hard\n');
  expect(seen).toEqual(['file a.txt', 'file sub/hard']);
});

test('a tar that breaks off is an error, and its source is let go of', async () => {
  const state = { closed: false };
  async function* source(): AsyncGenerator<Buffer> {
    try {
      yield pack().subarray(0, 1500);
    } finally {
      state.closed = true;
    }
  }
  const read = async (): Promise<void> => {
    for await (const _ of rebaseTar(source(), { stripComponents: 1 }));
  };
  await expect(read()).rejects.toMatchObject({ code: 'CORRUPT' });
  expect(state.closed).toBe(true);
});
