import { type Bulletin, type Database, openBulletin } from '../../database/index.ts';
import { createWakers } from '../../kernel/index.ts';

/** What servers of one database tell each other of builds. */
export interface BuildNews extends Disposable {
  /** A build waits for a server. */
  queued(id: string): void;
  ended(id: string): void;
  /** Its server is to end it. */
  cancelled(id: string): void;
  /** Called whenever there may be something to claim. */
  onWork(listener: () => void): void;
  onCancel(listener: (id: string | undefined) => void): void;
  /** Called when that build has ended, and where that may have been missed; until it is disposed. */
  onEnded(id: string, listener: () => void): Disposable;
  /** Something may have been missed. */
  wakeAll(): void;
}

/** News over channels of the database. */
export function openBuildNews(database: Database): BuildNews {
  const ended = createWakers();
  let work = (): void => {};
  let cancel = (_id: string | undefined): void => {};
  const bulletins: Record<'queued' | 'ended' | 'cancelled', Bulletin> = {
    queued: openBulletin(database, 'builder.queued', () => work()),
    ended: openBulletin(database, 'builder.ended', (id) => {
      if (id === undefined) ended.wakeAll();
      else ended.wake(id);
      work(); // its user may have another one run, and what is the same may be answered
    }),
    cancelled: openBulletin(database, 'builder.cancelled', (id) => cancel(id)),
  };
  return {
    queued: (id) => bulletins.queued.tell(id),
    ended: (id) => bulletins.ended.tell(id),
    cancelled: (id) => bulletins.cancelled.tell(id),
    onWork(listener) {
      work = listener;
    },
    onCancel(listener) {
      cancel = listener;
    },
    onEnded: (id, listener) => ended.on(id, listener),
    wakeAll() {
      ended.wakeAll();
      work();
    },
    [Symbol.dispose]() {
      for (const bulletin of Object.values(bulletins)) bulletin[Symbol.dispose]();
    },
  };
}
