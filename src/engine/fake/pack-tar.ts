import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Pack, pack } from 'tar-stream';
import { drained } from './drained.ts';

const CHUNK_BYTES = 65_536;

type EntryHeader = Parameters<Pack['entry']>[0];

/** A file or folder as a tar, made while it is read; names begin with the last part of `path`. */
export function packTree(file: string, path: string): AsyncIterable<Buffer> {
  const tar = pack();
  // Whoever reads gets it too; without a listener it would end the process.
  tar.on('error', () => {});
  packFile(tar, file, basename(path)).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return { [Symbol.asyncIterator]: () => iterate(tar) };
}

/** A generator that was never asked for anything does not run its `finally`: here `return()` always closes. */
function iterate(tar: Pack): AsyncIterator<Buffer, void> {
  const chunks = tar[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await chunks.next();
      // tar-stream's types do not say that its streams hold bytes.
      return done || !Buffer.isBuffer(value) ? { done: true, value: undefined } : { done: false, value };
    },
    return: async () => {
      tar.destroy();
      return { done: true, value: undefined };
    },
  };
}

async function packFile(tar: Pack, file: string, name: string): Promise<void> {
  const stats = await lstat(file);
  const { mode, uid, gid, mtime } = stats;
  const header = { name, mode: mode & 0o7777, uid, gid, mtime };
  if (stats.isFile()) return await packContent(tar, file, { ...header, size: stats.size });
  if (stats.isSymbolicLink())
    return void tar.entry({ ...header, type: 'symlink', linkname: await readlink(file) });
  if (!stats.isDirectory()) return;
  tar.entry({ ...header, name: `${name}/`, type: 'directory' });
  for (const child of (await readdir(file)).sort())
    await packFile(tar, join(file, child), `${name}/${child}`);
}

/** What grows meanwhile is cut; what shrinks ends the tar with an error, as a hole in it would not be seen. */
async function packContent(tar: Pack, file: string, header: EntryHeader & { size: number }): Promise<void> {
  await using handle = await open(file);
  const { promise: packed, resolve, reject } = Promise.withResolvers<void>();
  const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
  sink.on('error', () => {});
  packed.catch(() => {}); // waited for below, after the last byte was written
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let left = header.size; left > 0 && !tar.destroyed; ) {
    const { bytesRead } = await handle.read(chunk, 0, Math.min(left, CHUNK_BYTES));
    if (bytesRead === 0) break;
    left -= bytesRead;
    // Nobody reads it any more: then nothing is drained either.
    if (tar.destroyed) break;
    if (!sink.write(Buffer.from(chunk.subarray(0, bytesRead)))) await drained(sink);
  }
  sink.end(undefined);
  await packed;
}
