import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { formatBytes } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';

/** What is to be installed, as it is sent. */
export interface RequirementFile {
  readonly text: string;
  /** What the file is called, where it has a name. */
  readonly name?: string;
}

// What a server takes at most; one that builds on Kubernetes takes less, and says so.
const MAX_BYTES = 5_000_000;

/** `--requirements FILE`, or `--requirements-base64 TEXT`; `undefined` where nothing is to be installed. Throws `UsageError`. */
export async function readRequirementFile(context: CommandContext): Promise<RequirementFile | undefined> {
  const { flags, currentFolder } = context;
  const path = flags.text('requirements');
  const encoded = flags.text('requirements-base64');
  if (path !== undefined && encoded)
    throw new UsageError(
      '--requirements and --requirements-base64 both say what to install: give one of them',
    );
  if (encoded) return { text: textOf(decoded(encoded), '--requirements-base64') };
  if (path === undefined) return undefined;
  if (path === '-') return { text: textOf(await bytesOf(context.stdin, path), '--requirements -') };
  const what = `--requirements: ${path}`;
  const bytes = await onFiles(`read ${path} (--requirements)`, () =>
    bytesOf(createReadStream(resolve(currentFolder, path)), path),
  );
  return { text: textOf(bytes, what), name: basename(path) };
}

/** All of a stream, as long as it is no more than what can be sent. */
async function bytesOf(stream: AsyncIterable<Buffer | string>, path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of stream) {
    const bytes = Buffer.from(piece);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BYTES)
      throw new UsageError(
        `--requirements: ${path} has more than ${formatBytes(MAX_BYTES)}, which is what a build takes`,
      );
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

function decoded(text: string): Buffer {
  const plain = text.replaceAll(/\s/g, '');
  const bytes = Buffer.from(plain, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') === plain.replace(/=+$/, '')) return bytes;
  throw new UsageError('--requirements-base64: expected base64, which this is not');
}

function textOf(bytes: Buffer, what: string): string {
  if (bytes.length > MAX_BYTES)
    throw new UsageError(`${what}: more than ${formatBytes(MAX_BYTES)}, which is what a build takes`);
  if (bytes.length === 0)
    throw new UsageError(`${what}: it is empty; leave it out where nothing is to be installed`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${what}: it is no UTF-8 text`);
  }
}
