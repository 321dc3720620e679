import type { ObjectName } from '../ostree/object-name.ts';
import { decodeEntries, ENTRY_BYTES, encodeEntries } from './entries.ts';

/**
 * What two Slipways speak over http beside plain files. `GET <repository>/.slipway/closure/<commit>` answers frames without
 * content: everything that a commit needs, breadth first, the commit first. `POST <repository>/.slipway/objects` takes
 * `encodeEntries` and answers a frame with its stored bytes for each, in the order asked.
 */
export const CLOSURE_PATH = '.slipway/closure/';
export const BATCH_PATH = '.slipway/objects';

/** A header of every answer below a repository that Slipway serves. Its value: the version of this protocol. */
export const CACHE_HEADER = 'slipway-cache';
export const CACHE_VERSION = '1';

/** Of the bodies in both directions. */
export const BATCH_MEDIA_TYPE = 'application/octet-stream';

/** How many objects may be asked for at once. */
export const MAX_BATCH_OBJECTS = 2000;

/** What such a request has at most. */
export const MAX_BATCH_BYTES = MAX_BATCH_OBJECTS * ENTRY_BYTES;

/** An entry, and the stored size as a little-endian u64. */
export const FRAME_HEADER_BYTES = ENTRY_BYTES + 8;

/** One object in a closure or a batch. */
export interface Frame {
  readonly name: ObjectName;
  /** As it is stored. Absent: the other side does not have it, and no bytes follow. */
  readonly sizeBytes?: number;
}

const ABSENT = 0xffff_ffff_ffff_ffffn;

/** Frames without their content, one behind the other. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
  const bytes = Buffer.alloc(frames.length * FRAME_HEADER_BYTES);
  for (const [index, { name, sizeBytes }] of frames.entries()) {
    const at = index * FRAME_HEADER_BYTES;
    encodeEntries([name]).copy(bytes, at);
    bytes.writeBigUInt64LE(sizeBytes === undefined ? ABSENT : BigInt(sizeBytes), at + ENTRY_BYTES);
  }
  return bytes;
}

/** The frames again; `undefined` where the bytes are no such list, or name a size that no file has. */
export function decodeFrames(bytes: Uint8Array): Frame[] | undefined {
  if (bytes.length % FRAME_HEADER_BYTES !== 0) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Frame[] = [];
  for (let at = 0; at < buffer.length; at += FRAME_HEADER_BYTES) {
    const [name] = decodeEntries(buffer.subarray(at, at + ENTRY_BYTES)) ?? [];
    const size = buffer.readBigUInt64LE(at + ENTRY_BYTES);
    if (name === undefined) return undefined;
    if (size === ABSENT) frames.push({ name });
    else if (size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
    else frames.push({ name, sizeBytes: Number(size) });
  }
  return frames;
}
