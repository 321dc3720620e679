import type { Row } from '../../database/index.ts';
import { WatchedLog } from '../following/watched-log.ts';

/** A piece that waits to be written. */
export interface Waiting {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly resolve: (result: { sizeBytes: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** What was known when the database was asked. */
interface Asked {
  readonly hadBytes: number;
  readonly knownId: number | undefined;
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
   * it has lost what it had before it was asked, `hadBytes`; this one is removed then. Answers come in any order: one that was
   * asked for before the log was known, `knownId`, says nothing against it.
   */
  update(row: Row | undefined, { hadBytes, knownId }: Asked): boolean {
    this.isKnown = true;
    if (row === undefined) return this.#updateAbsent(knownId);
    const id = Number(row['id']);
    if (this.id !== undefined && id < this.id) return true; // ids only go up: this is of a log before
    const hasLost = Number(row['size_bytes']) < hadBytes;
    if (hasLost || (this.id !== undefined && id > this.id)) return this.#remove();
    this.id = id;
    this.watched.grown({ sizeBytes: Number(row['size_bytes']), hasEnded: Boolean(row['has_ended']) });
    return true;
  }

  #updateAbsent(knownId: number | undefined): boolean {
    return this.id === undefined || this.id !== knownId || this.#remove();
  }

  #remove(): false {
    this.watched.removed();
    return false;
  }
}
