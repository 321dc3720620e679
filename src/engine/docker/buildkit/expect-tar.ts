import { EngineError } from '../../error.ts';

const BLOCK_BYTES = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** How compressed tars begin: gzip, bzip2, xz, zstd. */
const COMPRESSED = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/**
 * The bytes as they come. Throws `INVALID` where they do not begin as a tar: BuildKit takes anything else for a Dockerfile
 * and builds that. No generator, which could not be let go of while its source stalls.
 */
export function expectTar(bytes: AsyncIterable<Uint8Array>, doing: string): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = bytes[Symbol.asyncIterator]();
      let isStarted = false;
      return {
        async next() {
          if (isStarted) return await source.next();
          isStarted = true;
          return { done: false, value: await readStart(source, doing) };
        },
        async return() {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** All up to where it can be told what it is. */
async function readStart(source: AsyncIterator<Uint8Array>, doing: string): Promise<Buffer> {
  let start = Buffer.alloc(0);
  while (start.length < BLOCK_BYTES && !isCompressed(start)) {
    const { done, value } = await source.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  expectStart(start, doing);
  return start;
}

function expectStart(start: Buffer, doing: string): void {
  if (isCompressed(start) || hasChecksum(start)) return;
  throw new EngineError('INVALID', `cannot ${doing}: its context is no tar`);
}

function isCompressed(start: Buffer): boolean {
  return COMPRESSED.some((magic) => magic.every((byte, index) => start[index] === byte));
}

/** Every header has the sum of its bytes, with blanks where the sum is; an empty tar is zeros. */
function hasChecksum(start: Buffer): boolean {
  if (start.length < BLOCK_BYTES) return false;
  const block = start.subarray(0, BLOCK_BYTES);
  if (block.every((byte) => byte === 0)) return true;
  const written = block.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const sum = block.reduce((total, byte) => total + byte, 0);
  const own = written.reduce((total, byte) => total + byte, 0);
  return (
    Number.parseInt(written.toString('latin1').replaceAll('\0', ' ').trim(), 8) ===
    sum - own + CHECKSUM_BYTES * 0x20
  );
}
