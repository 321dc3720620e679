import type { Row } from '../../database/index.ts';
import { WatchedLog } from '../following/watched-log.ts';

/** A piece that waits to be written. */
export interface Waiting {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly resolve: (result: { sizeBytes: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** A log in a database, as one process knows it. */
export class StoredLog {
  readonly watched: WatchedLog;
  /** Absent: it is not known to be there. */
  id: number | undefined;
  /** Whether what is known of it is to be trusted. */
  isKnown = false;
  uses = 0;
  readonly waiting: Waiting[] = [];
  /** Settles when nothing waits any more. */
  writing: Promise<void> | undefined;
  writtenAt = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.watched = new WatchedLog(name);
  }

  get name(): string {
    return this.watched.name;
  }

  /**
   * Takes over what the database says. False: it is another log than the one that was known by that name, or it is gone, or
   * it has lost what it had before it was asked, `hadBytes`; this one is removed then.
   */
  update(row: Row | undefined, hadBytes: number): boolean {
    const id = row === undefined ? undefined : Number(row['id']);
    this.isKnown = true;
    const hasLost = row !== undefined && Number(row['size_bytes']) < hadBytes;
    if (hasLost || (this.id !== undefined && this.id !== id)) {
      this.watched.removed();
      return false;
    }
    this.id = id;
    if (row !== undefined) {
      this.watched.grown({ sizeBytes: Number(row['size_bytes']), hasEnded: Boolean(row['has_ended']) });
    }
    return true;
  }
}
