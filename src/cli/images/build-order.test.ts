import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../command.ts';
import { parseArguments } from '../flag-values.ts';
import { GLOBAL_FLAGS } from '../flags/global.ts';
import { IMAGE_BUILD_FLAGS } from '../flags/image.ts';
import { programOf } from '../programs.ts';
import { readBuildOrder } from './build-order.ts';

// Taken for two languages below.
const BOTH = '{"dependencies": {"ms": "2.1.3"}, "require": {"psr/log": "3.0.0"}}';

const FILES = {
  'package.json': BOTH,
  'requirements-dev.txt': 'six==1.16.0\n',
  Gemfile: "source 'https://rubygems.org'\ngem 'rake'\n",
};

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-order-'));
  for (const [name, text] of Object.entries({ ...FILES, wanted: 'six\n' }))
    writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'empty.txt'), '');
  writeFileSync(join(folder, 'latin.txt'), Buffer.from([0x70, 0xe9]));
  writeFileSync(join(folder, 'large.txt'), Buffer.alloc(5_000_001, 'a'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function orderOf(words: readonly string[], login?: string, input = '') {
  const { flags, positionals } = parseArguments(words, [...IMAGE_BUILD_FLAGS, ...GLOBAL_FLAGS], {});
  const context: CommandContext = {
    flags,
    positionals,
    program: programOf('slipway'),
    environment: {},
    currentFolder: folder,
    configuration: () => Promise.reject(new Error('nobody needs it')),
    // All that is asked of it is what it holds.
    stdin: Readable.from([Buffer.from(input)]) as NodeJS.ReadStream,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  return readBuildOrder(context, login);
}

const NODE = 'openserverless/runtime-nodejs:v20';

describe('readBuildOrder', () => {
  it.each<[keyof typeof FILES, string]>([
    ['package.json', 'nodejs'],
    ['requirements-dev.txt', 'python'],
    ['Gemfile', 'ruby'],
  ])('takes %s for %s', async (file, kind) => {
    expect(await orderOf([NODE, 'alice:extended', '--requirements', file])).toEqual({
      source: NODE,
      target: 'alice:extended',
      kind,
      file: FILES[file],
    });
  });

  it('believes what is said more than what a file is called', async () => {
    const order = await orderOf([
      NODE,
      'alice:x',
      '--kind',
      'php',
      '--requirements',
      'package.json',
      '--force',
    ]);
    expect(order).toMatchObject({ kind: 'php', force: true });
  });

  it('reads the standard input, and base64', async () => {
    const words = [NODE, 'alice:x', '--kind', 'python'];
    expect(await orderOf([...words, '--requirements', '-'], undefined, 'six')).toMatchObject({ file: 'six' });
    expect(await orderOf([...words, '--requirements-base64', 'c2l4\n'])).toMatchObject({ file: 'six' });
    expect(await orderOf([...words, '--requirements-base64='])).not.toHaveProperty('file');
  });

  it('adds the login to a tag, where it is known', async () => {
    expect(await orderOf([NODE, 'extended', '--kind', 'go'], 'alice')).toMatchObject({
      target: 'alice:extended',
    });
    await expect(orderOf([NODE, 'extended', '--kind', 'go'])).rejects.toThrow('whose image is "extended"?');
  });

  it.each([
    [[], 'which image is extended'],
    [[NODE], 'as what is the image pushed'],
    [['a b', 'alice:x', '--kind', 'go'], '"a b" is no name of an image'],
    [['a\nRUN x', 'alice:x', '--kind', 'go'], 'is no name of an image'],
    [['--kind=go', '--', '--flag', 'alice:x'], '"--flag" is no name of an image'],
    [['a', 'Alice:x', '--kind', 'go'], 'in lower case, found "Alice:x"'],
    [['a', ':x', '--kind', 'go'], 'expected the target as USER:TAG'],
    [['a', 'host/alice:x', '--kind', 'go'], 'expected the target as USER:TAG'],
    [['a', 'alice:', '--kind', 'go'], 'expected a tag'],
    [['a', 'alice:../x', '--kind', 'go'], 'expected a tag'],
    [['a', 'alice:$(id)', '--kind', 'go'], 'expected a tag'],
    [['a', `alice:${'x'.repeat(129)}`, '--kind', 'go'], 'expected a tag'],
    [['a', 'alice:x'], '--kind says which language'],
    [['a', 'alice:x', '--requirements', 'wanted'], 'wanted does not say it'],
    [
      ['a', 'alice:x', '--kind', 'go', '--requirements', 'none'],
      'cannot read none (--requirements): no such file',
    ],
    [['a', 'alice:x', '--kind', 'go', '--requirements', '.'], 'cannot read . (--requirements)'],
    [['a', 'alice:x', '--kind', 'go', '--requirements', 'empty.txt'], 'it is empty'],
    [['a', 'alice:x', '--kind', 'go', '--requirements', 'latin.txt'], 'it is no UTF-8 text'],
    [['a', 'alice:x', '--kind', 'go', '--requirements', 'large.txt'], 'more than 4.8 MiB'],
    [['a', 'alice:x', '--kind', 'go', '--requirements-base64', '%%%'], 'expected base64'],
    [
      ['a', 'alice:x', '--kind', 'go', '--requirements-base64', 'YQ', '--requirements', 'wanted'],
      'give one of them',
    ],
  ])('refuses %j before anything is sent', async (words, wanted) => {
    await expect(orderOf(words)).rejects.toThrow(wanted);
  });
});
