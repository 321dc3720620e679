import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeHashedHeader,
  encodeStoredHeader,
  type FileHeader,
  type ObjectName,
  objectFileName,
  objectId,
} from '../../ostree/index.ts';
import type { Staging } from '../repository.ts';

export interface MadeObject {
  readonly name: ObjectName;
  /** As it is stored. */
  readonly bytes: Buffer;
}

/** An artifact in memory. */
export interface MadeArtifact {
  readonly commit: string;
  /** All that can be reached from the commit, the commit last, in a fixed order. */
  readonly objects: readonly MadeObject[];
}

/** Makes an artifact of files by path, all of mode 0644. */
export function makeArtifact(
  files: Readonly<Record<string, string | Buffer>>,
  timestampSeconds = 1_700_000_000,
): MadeArtifact {
  const objects = new Map<string, MadeObject>();
  const keep = (name: ObjectName, bytes: Buffer): string => {
    objects.set(objectFileName(name), { name, bytes });
    return name.id;
  };
  const keepMetadata = (kind: 'commit' | 'dirtree' | 'dirmeta', bytes: Buffer): string =>
    keep({ id: objectId(bytes), kind }, bytes);
  const dirmeta = keepMetadata('dirmeta', encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] }));
  const tree = (below: ReadonlyMap<string, Buffer>): string => {
    const groups = Map.groupBy(below.keys(), (path) => path.split('/')[0] ?? '');
    const names = [...groups.keys()].sort();
    const isFile = (name: string): boolean => below.has(name);
    return keepMetadata(
      'dirtree',
      encodeDirTree({
        files: names
          .filter(isFile)
          .map((name) => ({ name, file: keepFile(below.get(name) ?? Buffer.alloc(0)) })),
        directories: names
          .filter((name) => !isFile(name))
          .map((name) => ({ name, dirmeta, dirtree: tree(without(below, `${name}/`)) })),
      }),
    );
  };
  const keepFile = (content: Buffer): string => {
    const { name, bytes } = makeFile(content);
    return keep(name, bytes);
  };
  const all = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  const commit = keepMetadata(
    'commit',
    encodeCommit({
      subject: 'an artifact',
      body: '',
      timestampSeconds,
      dirtree: tree(all),
      dirmeta,
      metadata: Buffer.alloc(0),
      related: Buffer.alloc(0),
    }),
  );
  return { commit, objects: [...objects.values()] };
}

/** A regular file as an object. */
export function makeFile(content: Buffer): MadeObject {
  const header: FileHeader = { sizeBytes: content.length, uid: 0, gid: 0, mode: 0o100644, xattrs: [] };
  const id = createHash('sha256').update(encodeHashedHeader(header)).update(content).digest('hex');
  const bytes = Buffer.concat([encodeStoredHeader(header), deflateRawSync(content)]);
  return { name: { id, kind: 'filez' }, bytes };
}

const without = (files: ReadonlyMap<string, Buffer>, prefix: string): Map<string, Buffer> =>
  new Map(
    [...files].flatMap(([path, content]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), content] as const] : [],
    ),
  );

/** Lends the bytes in chunks out of one piece of memory that is filled anew each time. */
export async function* lend(bytes: Uint8Array, chunkBytes = 1000): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
  memory.fill(0xff);
}

/** Adds objects to a staging, all at the same time. */
export async function addAll(staging: Staging, objects: Iterable<MadeObject>): Promise<void> {
  await Promise.all(
    [...objects].map(({ name, bytes }) => staging.add(name, lend(bytes), { sizeBytes: bytes.length })),
  );
}
