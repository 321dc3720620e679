import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { PREFIX_BYTES, storedHeaderBytes } from '../ostree/file-header.ts';
import { decodeCommit, decodeDirTree, decodeStoredHeader, type ObjectName } from '../ostree/index.ts';
import type { ObjectReader, StoredBytes } from '../repository/repository.ts';

/** What is looked through: objects that name others, and stored files. */
export interface FileReader extends ObjectReader {
  open(name: ObjectName): Promise<StoredBytes | undefined>;
}

/** A small file of a commit, unpacked; `undefined` where there is none at that path, or a larger one. */
export async function readStoredFile(
  reader: FileReader,
  { commit, path, maxBytes }: { readonly commit: string; readonly path: string; readonly maxBytes: number },
): Promise<Buffer | undefined> {
  const id = await findFile(reader, commit, path.split('/'));
  if (id === undefined) return undefined;
  await using stored = await reader.open({ id, kind: 'filez' });
  if (stored === undefined || stored.sizeBytes > maxBytes) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of stored) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  const start = PREFIX_BYTES + storedHeaderBytes(bytes.subarray(0, PREFIX_BYTES));
  const header = decodeStoredHeader(bytes.subarray(PREFIX_BYTES, start));
  if (header.target !== undefined || header.sizeBytes > maxBytes) return undefined;
  return await promisify(inflateRaw)(bytes.subarray(start), { maxOutputLength: Math.max(1, maxBytes) });
}

async function findFile(
  reader: ObjectReader,
  commit: string,
  parts: readonly string[],
): Promise<string | undefined> {
  const root = await reader.readMetadata({ id: commit, kind: 'commit' });
  let id = root && decodeCommit(root).dirtree;
  for (const [index, part] of parts.entries()) {
    const bytes = id === undefined ? undefined : await reader.readMetadata({ id, kind: 'dirtree' });
    if (bytes === undefined) return undefined;
    const { files, directories } = decodeDirTree(bytes);
    if (index === parts.length - 1) return files.find(({ name }) => name === part)?.file;
    id = directories.find(({ name }) => name === part)?.dirtree;
  }
  return undefined;
}
