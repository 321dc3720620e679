import { createHash } from 'node:crypto';
import { encodeHashedHeader, type FileHeader, type ObjectName, writeFilez } from '../ostree/index.ts';
import type { Staging } from '../repository/repository.ts';
import type { SourceFile } from './read-source-file.ts';
import { changed, treeTrouble } from './tree-source.ts';

/** Larger files are read in pieces of so much. */
export const PIECE_BYTES = 1024 * 1024;

/** A file that is to be stored. */
export interface FileToStore {
  readonly header: FileHeader;
  readonly content: Buffer | SourceFile;
  /** For messages. */
  readonly path: string;
}

/** Puts files into a staging; what is there already, or is on its way, is not compressed again. */
export interface FileStore {
  /** Gives its id. Throws `BAD_TREE` where it changes meanwhile. */
  store(file: FileToStore): Promise<string>;
  /** Whether it is there, without looking at it. */
  has(id: string): Promise<boolean>;
  /** How many objects were made. */
  readonly made: number;
}

const nameOf = (id: string): ObjectName => ({ id, kind: 'filez' });

async function* piecesOf(file: SourceFile): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < file.sizeBytes; at += PIECE_BYTES)
    yield file.read(at, Math.min(PIECE_BYTES, file.sizeBytes - at));
}

/** Reading and hashing a piece takes a millisecond: others have their turn in between. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function idOf({ header, content }: FileToStore): Promise<string> {
  const digest = createHash('sha256').update(encodeHashedHeader(header));
  if (Buffer.isBuffer(content)) return digest.update(content).digest('hex');
  for await (const piece of piecesOf(content)) {
    digest.update(piece);
    await turn();
  }
  return digest.digest('hex');
}

/** The id is known before anything is compressed: reading twice costs a twentieth of compressing for nothing. */
export function createFileStore(staging: Staging): FileStore {
  const claimed = new Map<string, Promise<void>>();
  let made = 0;
  const write = async (id: string, { header, content, path }: FileToStore): Promise<void> => {
    if (await staging.has(nameOf(id))) return;
    const temporary = await staging.temporaryFile();
    const source = Buffer.isBuffer(content) ? content : piecesOf(content);
    const { name } = await writeFilez(temporary, header, source).catch((cause: unknown) => {
      throw treeTrouble('write an object of the tree', cause);
    });
    // What was compressed has to be what the name says, whatever happened in between.
    if (name.id !== id) throw changed(path);
    await staging.adopt(name, temporary);
    made += 1;
  };
  return {
    get made() {
      return made;
    },
    has: (id) => staging.has(nameOf(id)),
    async store(file) {
      const id = await idOf(file);
      // Of several files with one content the first is stored, and the others wait for it.
      const storing = claimed.get(id) ?? write(id, file);
      claimed.set(id, storing);
      await storing;
      return id;
    },
  };
}
