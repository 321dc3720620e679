import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import type { RemoteFile, RemoteFileOptions, RemoteFiles } from './remote-files.ts';

const { O_RDONLY, O_NONBLOCK } = constants; // a pipe without a writer is not waited for

/** A repository in a folder that this machine can read. */
export function openFolderFiles(folder: string): RemoteFiles {
  return {
    name: folder,
    isSlipway: false,
    async open(path, options) {
      const place = join(folder, path);
      try {
        return await openFile(place, options);
      } catch (cause) {
        throw fileTrouble('read', place, cause);
      }
    },
    [Symbol.dispose]() {},
  };
}

async function openFile(place: string, { signal }: RemoteFileOptions): Promise<RemoteFile | undefined> {
  signal.throwIfAborted();
  const file = await unless(ABSENT, open(place, O_RDONLY | O_NONBLOCK));
  const stats = await file?.stat();
  if (file === undefined || stats?.isFile() !== true) return void (await file?.close());
  const sizeBytes = stats.size;
  return {
    sizeBytes,
    [Symbol.asyncIterator]: () => read(file, { place, sizeBytes, signal }),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

interface Reading {
  readonly place: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

const CHUNK_BYTES = 256 * 1024;

async function* read(file: FileHandle, { place, sizeBytes, signal }: Reading): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; ) {
    signal.throwIfAborted();
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at).catch((cause: unknown) => {
      throw fileTrouble('read', place, cause);
    });
    if (bytesRead === 0) return; // it became shorter: whoever takes it knows how long it is to be
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
