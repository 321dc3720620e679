/** A file on its way into a backup. */
export interface BackupFile {
  /** Within the backup. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of a file as it is; absent for what is none, such as an object. */
  readonly mode?: number;
  readonly modifiedAt?: number;
  /** Exactly so many bytes, once. */
  readonly content: AsyncIterable<Uint8Array>;
  /** It is part of how the backup is written: no line of the manifest tells of it. */
  readonly isOwn?: true;
}

/** Taken before, and gone since: no part of the backup. */
export interface Dropped {
  readonly dropped: string;
}

export type BackupEntry = BackupFile | Dropped;

/** A file of the backup's own with a text. */
export function ownFile(path: string, text: string): BackupFile {
  const bytes = Buffer.from(text);
  return { path, sizeBytes: bytes.length, content: once(bytes), isOwn: true };
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
