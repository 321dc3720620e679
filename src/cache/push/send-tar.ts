import { type Outgoing, PIECE_BYTES } from './outgoing.ts';
import { type ObjectSource, openFeed, type StoredObject } from './stored-objects.ts';
import { endOfTar, memberHeaders, paddingAfter } from './tar-member.ts';

/** Told after each object, and within large ones. */
export type OnSent = (sent: { readonly objects: number; readonly bytes: number }) => void;

/** Sends objects as one tar that ends where a record of the original's ends. Throws as `Outgoing` and the repository do. */
export async function sendTar(
  repository: ObjectSource,
  objects: readonly StoredObject[],
  out: Outgoing,
  onSent: OnSent,
): Promise<void> {
  const headers = memberHeaders(Math.floor(Date.now() / 1000)); // some receivers keep it, and prune what is old
  const pieces = createPieces(out);
  await using feed = openFeed(repository, objects);
  for (const [index, { name, sizeBytes }] of objects.entries()) {
    const headerBytes = headers.lengthOf(sizeBytes);
    const padding = paddingAfter(sizeBytes);
    await feed.prepare(index);
    const wholeBytes = headerBytes + sizeBytes + padding;
    await pieces.reserve(wholeBytes <= PIECE_BYTES ? wholeBytes : headerBytes);
    pieces.add((into, at) => headers.write(into, at, name, sizeBytes) - at);
    const isRead = wholeBytes <= PIECE_BYTES && feed.readSmall(index, pieces.memory(), pieces.used());
    if (isRead) {
      pieces.add(() => sizeBytes);
    } else {
      await feed.pieces(index, pieces.room, (bytes) => {
        pieces.add(() => bytes);
        onSent({ objects: 0, bytes });
      });
    }
    await pieces.zeros(padding);
    onSent({ objects: 1, bytes: isRead ? sizeBytes : 0 });
  }
  await pieces.zeros(endOfTar(pieces.total()));
  pieces.flush();
}

/** The memory that is being filled. */
interface Pieces {
  /** So many bytes in one piece. */
  reserve(bytes: number): Promise<void>;
  /** What is left of this piece, of the next one where nothing is. */
  readonly room: () => Promise<Buffer>;
  memory(): Buffer;
  used(): number;
  /** Notes how many bytes were put down. */
  add(fill: (into: Buffer, at: number) => number): void;
  zeros(count: number): Promise<void>;
  total(): number;
  flush(): void;
}

function createPieces(out: Outgoing): Pieces {
  let memory: Buffer = Buffer.alloc(0);
  let used = 0;
  let total = 0;
  const flush = (): void => {
    if (used > 0) out.send(memory, used);
    [memory, used] = [Buffer.alloc(0), 0];
  };
  const reserve = async (bytes: number): Promise<void> => {
    if (memory.length - used >= bytes) return;
    flush();
    memory = await out.memory();
  };
  const add: Pieces['add'] = (fill) => {
    const bytes = fill(memory, used);
    used += bytes;
    total += bytes;
  };
  const room = async (): Promise<Buffer> => {
    await reserve(1);
    return memory.subarray(used);
  };
  return {
    reserve,
    room,
    memory: () => memory,
    used: () => used,
    add,
    async zeros(count) {
      for (let left = count; left > 0; ) {
        const some = (await room()).subarray(0, left).fill(0);
        add(() => some.length);
        left -= some.length;
      }
    },
    total: () => total,
    flush,
  };
}
