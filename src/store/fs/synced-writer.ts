import type { FileHandle } from 'node:fs/promises';

/** Writes a file from its start to its end. */
export interface SyncedWriter {
  /** The bytes may be reused when the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written is on the disk. */
  finish(): Promise<void>;
}

// Enough for a disk to be busy with; more would only wait for the end (bench/storing.ts).
const BEGIN_SYNC_BYTES = 8 * 1024 * 1024;

/** The disk is told to take what was written while more comes, so that little is left to wait for at the end. */
export function createSyncedWriter(file: FileHandle): SyncedWriter {
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  let failure: { readonly cause: unknown } | undefined;
  const beginSync = (): void => {
    unsynced = 0;
    syncing = file
      .datasync()
      // The system tells a lost write once: the sync at the end would say nothing of it.
      .catch((cause: unknown) => {
        failure ??= { cause };
      })
      .finally(() => {
        syncing = undefined;
      });
  };
  const throwFailure = (): void => {
    if (failure !== undefined) throw failure.cause;
  };
  return {
    async write(bytes) {
      throwFailure();
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
      unsynced += bytes.length;
      if (unsynced >= BEGIN_SYNC_BYTES && syncing === undefined) beginSync();
    },
    async finish() {
      await syncing;
      throwFailure();
      await file.sync();
    },
  };
}
