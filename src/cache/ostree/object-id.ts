import { hash } from 'node:crypto';

/** The id of a commit, dirtree or dirmeta: the SHA-256 of its bytes, as 64 hex digits. */
export const objectId = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

const ID = /^[0-9a-f]{64}$/;
export const ID_BYTES = 32;

/** Whether a text is 64 lower-case hex digits. */
export const isObjectId = (text: string): boolean => ID.test(text);

/** An id as it is inside of objects; a copy, as the bytes it came from are let go. */
export const idOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
