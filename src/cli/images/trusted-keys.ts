import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { onFiles } from '../file-error.ts';
import { withBuilder } from './with-builder.ts';

const PEM = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g;

/** Whose statements count: the keys in the files of `--key`, or else those of the builder. Throws `CommandError`. */
export async function trustedKeys(context: CommandContext): Promise<readonly KeyObject[]> {
  const files = context.flags.all('key').map((file) => resolve(context.currentFolder, file));
  const pems =
    files.length > 0
      ? await Promise.all(files.map(pemsIn))
      : await withBuilder(context, async (builder, signal) =>
          (await builder.keys({ signal })).map(({ pem }) => [pem]),
        );
  const { readPublicKey } = await import('../../builder/index.ts');
  return pems.flat().map((pem) => {
    try {
      return readPublicKey(pem);
    } catch (error) {
      throw new CommandError(
        `a key cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  });
}

async function pemsIn(file: string): Promise<string[]> {
  const text = await onFiles(`read the key ${file}`, () => readFile(file, 'utf8'));
  const found = text.match(PEM);
  if (found) return [...found];
  throw new CommandError(
    `${file} has no public key in it: expected PEM`,
    '`slipway image keys` prints those of a builder.',
  );
}
