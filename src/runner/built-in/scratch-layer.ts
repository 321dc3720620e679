import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { rebaseTar } from '../../archive/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';

/** A layer of an image as a file on this machine. */
export interface Layer {
  /** `sha256:…` of the tar. */
  readonly digest: string;
}

export interface LayerOptions {
  /** The folder in the box that becomes the image's root. */
  readonly folder: string;
  /** Where the tar is written. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/**
 * A folder of the box as a layer. Its entries have one time, so that the same files are the same layer. `undefined` when
 * the folder is not there, or holds no file and no link: then no file is left.
 */
export async function makeLayer(
  { engine }: RunContext,
  box: Box,
  { folder, file, signal }: LayerOptions,
): Promise<Layer | undefined> {
  const tar = await engine.copyOut(box.id, folder, { signal });
  if (tar === undefined) return undefined;
  let files = 0;
  const layer = rebaseTar(tar, {
    stripComponents: 1,
    mtimeSeconds: 0,
    onEntry: ({ kind }) => {
      if (kind !== 'folder') files += 1;
    },
  });
  const hash = createHash('sha256');
  await pipeline(layer, hashed(hash), createWriteStream(file), { signal });
  if (files > 0) return { digest: `sha256:${hash.digest('hex')}` };
  await rm(file);
  return undefined;
}

const hashed = (hash: ReturnType<typeof createHash>) =>
  async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of bytes) {
      hash.update(piece);
      yield piece;
    }
  };
