/**
 * Up to here a file object is collected and unpacked at once: for small files that takes a third of the time of a stream,
 * and it blocks the event loop for half a millisecond.
 */
export const WHOLE_BYTES = 128 * 1024;

/** What is unpacked at once; deflate could make thirty megabytes of the above. */
const WHOLE_UNPACKED_BYTES = 256 * 1024;

/** Where the size is in a stored header, its first number: behind the prefix. */
const SIZE_AT = 8;

/** Whether an object that is stored in a few bytes says that it is much more. */
export const claimsMore = (stored: Buffer): boolean =>
  stored.length >= SIZE_AT + 8 && stored.readBigUInt64BE(SIZE_AT) > WHOLE_UNPACKED_BYTES;
