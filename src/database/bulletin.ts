import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

const PACE_MS = 10;
const MAX_BYTES = 900; // of a payload

export interface BulletinOptions {
  /** Under load, what happens to one name within this time is told to other servers once. @defaultValue 10 ms */
  readonly paceMs?: number;
  /** When more names than that come within it, other servers are told that they missed some. @defaultValue all are told */
  readonly maxNames?: number;
}

/** Tells names to all servers: at once, and under load a few times a second, many together. */
export interface Bulletin extends Disposable {
  tell(name: string): void;
}

/**
 * A bulletin over a channel of the database; `hear` is told names, this server's own at once, or `undefined` where some may
 * have been missed.
 */
export function openBulletin(
  database: Pick<Database, 'notify' | 'listen'>,
  channel: string,
  hear: (name: string | undefined) => void,
  { paceMs = PACE_MS, maxNames = Number.POSITIVE_INFINITY }: BulletinOptions = {},
): Bulletin {
  const waiting = new Set<string>();
  let pause: NodeJS.Timeout | undefined;
  const self = randomUUID();

  function send(): void {
    pause = undefined;
    if (waiting.size === 0) return;
    pause = setTimeout(send, paceMs);
    sendWaiting();
  }

  function sendWaiting(): void {
    if (waiting.size > maxNames) {
      waiting.clear();
      database.notify(channel, `${self}\n`); // no name
      return;
    }
    let text = self;
    for (const name of waiting) {
      if (text.length + name.length >= MAX_BYTES) {
        database.notify(channel, text);
        text = self;
      }
      text += `\n${name}`;
    }
    waiting.clear();
    database.notify(channel, text);
  }

  const subscription = database.listen(channel, (payload) => {
    if (payload === undefined) return hear(undefined);
    const [from, ...names] = payload.split('\n');
    if (from !== self) for (const name of names) hear(name === '' ? undefined : name);
  });
  return {
    tell(name) {
      hear(name);
      if (waiting.size <= maxNames) waiting.add(name);
      if (pause === undefined) send();
    },
    [Symbol.dispose]() {
      clearTimeout(pause);
      // The last words of a server that stops: nobody else says them.
      if (waiting.size > 0) sendWaiting();
      subscription[Symbol.dispose]();
    },
  };
}
