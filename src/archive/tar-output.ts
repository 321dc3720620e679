import { type BytePath, bytePath } from './byte-path.ts';
import { BLOCK, encodeHeader, type HeaderFields, paddedSize } from './tar-header.ts';

/** Whom all entries of an archive belong to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What of a file's facts goes into an archive. `Stats` fits. */
export interface EntryFacts {
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** An archive that is being written into chunks, which are handed on when they are full. */
export interface TarOutput {
  /** A folder, or a link with its target. */
  entry(kind: 'folder' | 'link', path: BytePath, facts: EntryFacts, target?: BytePath): void;
  /** A file whose content `fill` puts into the buffer it gets; it says how many bytes there were after all. */
  file(path: BytePath, facts: EntryFacts, fill: (content: Buffer) => number): void;
  /** The header of a file whose content does not go through here: `content` pieces and then `padding` must follow. */
  largeFile(path: BytePath, facts: EntryFacts): void;
  /** What fills up the last block of a file's content. */
  padding(sizeBytes: number): void;
  /** Chunks that are full. */
  take(): Buffer[];
  /** Also the one that is not. */
  flush(): Buffer[];
  /** The same after the archive's end mark. */
  end(): Buffer[];
}

// Big enough that the consumer's cost per chunk does not show, small enough to be bounded memory.
const CHUNK_BYTES = 256 * 1024;

/** The facts of an entry without what differs between two copies of the same files. */
const reproducible = (facts: EntryFacts, kind: HeaderFields['kind']): EntryFacts => ({
  size: facts.size,
  mtimeMs: 0,
  mode: kind === 'link' ? 0o777 : kind === 'folder' || (facts.mode & 0o111) !== 0 ? 0o755 : 0o644,
});

/** `isReproducible`: the same files give the same bytes, whenever and by whomever they were made. */
export function createTarOutput(owner: Owner, isReproducible = false): TarOutput {
  const full: Buffer[] = [];
  let chunk = Buffer.alloc(0);
  let used = 0;
  const flush = (): Buffer[] => {
    if (used > 0) full.push(chunk.subarray(0, used));
    [chunk, used] = [Buffer.alloc(0), 0];
    return full.splice(0);
  };
  const reserve = (sizeBytes: number): Buffer => {
    if (used + sizeBytes > chunk.length) {
      if (used > 0) full.push(chunk.subarray(0, used));
      [chunk, used] = [Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, sizeBytes)), 0];
    }
    return chunk.subarray(used, used + sizeBytes);
  };
  const append = (bytes: Buffer): void => {
    reserve(bytes.length).set(bytes);
    used += bytes.length;
  };
  const header = (
    kind: HeaderFields['kind'],
    path: BytePath,
    given: EntryFacts,
    target = bytePath(''),
  ): Buffer => {
    const facts = isReproducible ? reproducible(given, kind) : given;
    return encodeHeader({
      ...owner,
      path,
      kind,
      target,
      mode: facts.mode,
      sizeBytes: kind === 'file' ? facts.size : 0,
      mtimeSeconds: facts.mtimeMs / 1000,
    });
  };
  return {
    entry: (kind, path, facts, target) => append(header(kind, path, facts, target)),
    file(path, facts, fill) {
      const before = header('file', path, facts);
      const room = reserve(before.length + paddedSize(facts.size));
      const size = fill(room.subarray(before.length, before.length + facts.size));
      const end = before.length + size;
      room.set(size === facts.size ? before : header('file', path, { ...facts, size }));
      room.fill(0, end, before.length + paddedSize(size));
      used += before.length + paddedSize(size);
    },
    largeFile: (path, facts) => append(header('file', path, facts)),
    padding: (sizeBytes) => append(Buffer.alloc(paddedSize(sizeBytes) - sizeBytes)),
    take: () => full.splice(0),
    flush,
    end() {
      append(Buffer.alloc(2 * BLOCK));
      return flush();
    },
  };
}
