import { ArchiveError, type ReadEntry, readEntry } from '../../archive/index.ts';
import { CacheError } from '../error.ts';
import { type ObjectName, parseObjectFileName } from '../ostree/object-name.ts';
import { MAX_METADATA_BYTES } from '../ostree/objects.ts';
import type { ByteSource } from './byte-source.ts';

const BLOCK = 512;

/** What tars are padded to: the original reads nothing smaller. */
export const RECORD_BYTES = 20 * BLOCK;

/** One object of a push. */
export interface TarObject {
  readonly name: ObjectName;
  /** As it is stored. */
  readonly sizeBytes: number;
  /** Its bytes in borrowed pieces, once, and before the next object is asked for; what is not read is skipped. */
  content(): AsyncGenerator<Buffer, void, undefined>;
  /** The same in one borrowed piece, for what is known to fit into memory. */
  whole(): Promise<Buffer>;
}

// Signatures and what Endless kept beside a commit: nothing checks them, and no artifact needs them.
const EXTRA = /^[0-9a-f]{64}(?:\.commitmeta|(?:\.commit)?\.(?:sig|sizes2))$/;

/**
 * The objects of a tar as they come, in any order, in the flavours of ustar, GNU and pax. When they have been read, the
 * source is where the message after the tar begins: at the end of its last record. Nothing is held but one header.
 *
 * Throws `PROTOCOL` at whatever is no object, and where the tar is damaged or cut, and what the source throws.
 */
export async function* readObjectTar(source: ByteSource): AsyncGenerator<TarObject, void, undefined> {
  const start = source.position;
  const state = { global: new Map<string, string>(), sawGlobal: false };
  for (;;) {
    const entry = await readHeader(source, state);
    if (entry === undefined) break;
    const name = nameOf(entry);
    const left = { bytes: entry.sizeBytes };
    if (name !== undefined) {
      const content = (): ReturnType<typeof pieces> => pieces(source, left);
      yield { name, sizeBytes: entry.sizeBytes, content, whole: () => takeWhole(source, left) };
    }
    const padding = (BLOCK - (entry.sizeBytes % BLOCK)) % BLOCK;
    if (!(await source.skip(left.bytes + padding))) throw cut();
  }
  await readEndMark(source, start);
}

async function readHeader(
  source: ByteSource,
  state: Parameters<typeof readEntry>[1],
): Promise<ReadEntry | undefined> {
  try {
    return await readEntry(source, state);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new CacheError('PROTOCOL', `The objects that were sent cannot be read. ${error.message}`, {
      cause: error,
    });
  }
}

/** `undefined` for what is known and of no use. */
function nameOf({ path, kind, sizeBytes }: ReadEntry): ObjectName | undefined {
  const isExtra = EXTRA.test(path);
  const name = isExtra ? undefined : parseObjectFileName(path);
  if (kind !== 'file' || (!isExtra && name === undefined)) throw noObject(path, kind);
  if (isExtra && sizeBytes > MAX_METADATA_BYTES) {
    throw new CacheError(
      'TOO_LARGE',
      `${path} was sent with ${sizeBytes} bytes; ${MAX_METADATA_BYTES} are allowed`,
    );
  }
  return name;
}

const SHOWN_CHARACTERS = 100;

function noObject(path: string, kind: ReadEntry['kind']): CacheError {
  const shown = JSON.stringify(path.length > SHOWN_CHARACTERS ? `${path.slice(0, SHOWN_CHARACTERS)}…` : path);
  return new CacheError(
    'PROTOCOL',
    `Among the objects is a ${kind} named ${shown}: only files named by 64 hex digits and a kind of object are taken`,
  );
}

async function* pieces(source: ByteSource, left: { bytes: number }): AsyncGenerator<Buffer, void, undefined> {
  while (left.bytes > 0) {
    if (source.available === 0 && !(await source.fill(1))) throw cut();
    const piece = source.take(left.bytes);
    left.bytes -= piece.length;
    yield piece;
  }
}

async function takeWhole(source: ByteSource, left: { bytes: number }): Promise<Buffer> {
  if (source.available < left.bytes && !(await source.fill(left.bytes))) throw cut();
  const whole = source.take(left.bytes);
  left.bytes = 0;
  return whole;
}

/** The first of the two zero blocks has been taken. */
async function readEndMark(source: ByteSource, start: number): Promise<void> {
  if (!(await source.fill(BLOCK))) throw cut();
  if (source.take(BLOCK).some((byte) => byte !== 0)) {
    throw new CacheError('PROTOCOL', 'The objects that were sent have something behind their end mark');
  }
  const over = (source.position - start) % RECORD_BYTES;
  if (over > 0 && !(await source.skip(RECORD_BYTES - over))) throw cut();
}

function cut(): CacheError {
  return new CacheError('PROTOCOL', 'The connection ended in the middle of the objects');
}
