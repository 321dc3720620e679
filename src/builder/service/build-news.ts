import { type Bulletin, type Database, openBulletin } from '../../database/index.ts';
import { createWakers } from '../../kernel/index.ts';
import type { BuildState } from '../build.ts';
import type { BuildChange } from '../builder.ts';

/** What servers of one database tell each other of builds. */
export interface BuildNews extends Disposable {
  /** A build waits for a server. */
  queued(id: string): void;
  ended(id: string): void;
  /** Its server is to end it. */
  cancelled(id: string): void;
  /** People who look at it see another state. */
  changed(build: { readonly id: string; readonly state: BuildState }): void;
  /** Called whenever there may be something to claim. */
  onWork(listener: () => void): void;
  onCancel(listener: (id: string | undefined) => void): void;
  /** Called when that build has ended, and where that may have been missed; until it is disposed. */
  onEnded(id: string, listener: () => void): Disposable;
  /** Told of each `changed`, on any server; `undefined`: some may have been missed. */
  onChange(listener: (change: BuildChange | undefined) => void): Disposable;
  /** Something may have been missed. */
  wakeAll(): void;
}

// Of more builds than that other servers hear only that they changed.
const SEEN = { paceMs: 250, maxNames: 100 };

/** News over channels of the database. */
export function openBuildNews(database: Database): BuildNews {
  const ended = createWakers();
  let work = (): void => {};
  let cancel = (_id: string | undefined): void => {};
  const listeners = new Set<(change: BuildChange | undefined) => void>();
  const bulletins: Record<'queued' | 'ended' | 'cancelled' | 'changed', Bulletin> = {
    queued: openBulletin(database, 'builder.queued', () => work()),
    ended: openBulletin(database, 'builder.ended', (id) => {
      if (id === undefined) ended.wakeAll();
      else ended.wake(id);
      work(); // its user may have another one run, and what is the same may be answered
    }),
    cancelled: openBulletin(database, 'builder.cancelled', (id) => cancel(id)),
    changed: openBulletin(
      database,
      'builder.changes',
      (text) => {
        for (const listener of listeners) listener(text === undefined ? undefined : decodeChange(text));
      },
      SEEN,
    ),
  };
  return {
    queued(id) {
      bulletins.queued.tell(id);
      bulletins.changed.tell(encodeChange({ id, state: 'queued' }));
    },
    ended: (id) => bulletins.ended.tell(id),
    cancelled: (id) => bulletins.cancelled.tell(id),
    changed: (build) => bulletins.changed.tell(encodeChange(build)),
    onChange(listener) {
      const own = (change: BuildChange | undefined): void => listener(change);
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
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

const encodeChange = ({ id, state }: { readonly id: string; readonly state: BuildState }): string =>
  `${id} ${state}`;

function decodeChange(text: string): BuildChange {
  const [buildId = '', state = ''] = text.split(' ');
  return { buildId, state: state as BuildState }; // as `encodeChange` has it
}
