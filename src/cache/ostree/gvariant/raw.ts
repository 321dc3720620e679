import type { Codec } from './codec.ts';

/** The bytes of a value, which are checked and kept as they are. What is read is a view of what was given. */
export const raw = ({ type, alignment, fixedSize, check }: Codec<unknown>): Codec<Uint8Array> => ({
  type,
  alignment,
  ...(fixedSize === undefined ? {} : { fixedSize }),
  read(bytes, start, end) {
    check(bytes, start, end);
    return bytes.subarray(start, end);
  },
  check,
  write(out, value) {
    out.pad(alignment);
    out.bytes(value);
  },
});
