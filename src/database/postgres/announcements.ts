import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalListeners } from '../local-listeners.ts';
import type { Connection } from './connection.ts';

const CHANNEL = 'slipway';
// A notification may have 8,000 bytes; what is told at once goes together.
const MAX_BYTES = 7_500;
const RETRY_MS = 200;
// What is told while there is no connection is kept for when there is one. Of more than this others hear that they missed some.
const MAX_WAITING = 1000;

/** A channel that nobody has, in a message: whoever sent it may have told things that nobody heard. */
const LOST = '';

type Message = readonly [channel: string, payload: string];

/** What servers tell each other, over one channel of PostgreSQL. */
export interface Announcements extends AsyncDisposable {
  tell(channel: string, payload: string): void;
}

/**
 * Listens on a connection of its own, made again whenever it is lost, and tells. Never as part of a write: a transaction that
 * notifies waits for all others that do. While one notification is on its way, more gather for the next.
 */
export async function openAnnouncements(
  open: (hear: (channel: string, payload: string) => void) => Connection,
  listeners: LocalListeners,
): Promise<Announcements> {
  const self = randomUUID();
  const waiting = new Map<string, Message>();
  const stop = new AbortController();
  let telling: Promise<void> | undefined;
  let mayHaveLost = false;
  let connection: Connection;

  function hear(_channel: string, text: string): void {
    const [from, ...messages] = JSON.parse(text) as [string, ...Message[]]; // a server of ours wrote it
    if (from === self) return;
    if (messages.some(([channel]) => channel === LOST)) listeners.tellAll();
    for (const [channel, payload] of messages) listeners.tell(channel, payload);
  }

  async function subscribe(): Promise<void> {
    connection = open(hear);
    try {
      await connection.runAll(`LISTEN ${CHANNEL}`);
    } catch (error) {
      await connection.end();
      throw error;
    }
  }

  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) {
      await connection.lost;
      if (stop.signal.aborted) return;
      await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      await subscribe().then(
        () => {
          listeners.tellAll();
          begin();
        },
        () => {}, // it is tried again: the connection is lost
      );
    }
  }

  function nextText(): string {
    const messages: (string | Message)[] = [self];
    let bytes = 100;
    for (const [key, message] of waiting) {
      bytes += Buffer.byteLength(key) + 10;
      if (bytes > MAX_BYTES && messages.length > 1) break;
      messages.push(message);
      waiting.delete(key);
    }
    return JSON.stringify(messages);
  }

  async function tellAll(): Promise<void> {
    while ((mayHaveLost || waiting.size > 0) && !connection.isLost) {
      const text = mayHaveLost ? JSON.stringify([self, [LOST, '']]) : nextText();
      const told = connection.run('SELECT pg_notify($1, $2)', [CHANNEL, text]).then(
        () => true,
        () => false,
      );
      // Of what it is given when it is lost already the driver never says anything.
      mayHaveLost = !(await Promise.race([told, connection.lost.then(() => false)]));
      if (mayHaveLost) break;
    }
    telling = undefined;
  }

  /** Without a connection everything waits for the next one. */
  function begin(): void {
    const isDue = mayHaveLost || waiting.size > 0;
    if (isDue && telling === undefined && !connection.isLost) telling = tellAll();
  }

  await subscribe();
  const listening = keepListening();
  return {
    tell(channel, payload) {
      const message = [channel, payload] as const;
      if (connection.isLost && waiting.size >= MAX_WAITING) {
        waiting.clear();
        mayHaveLost = true;
      }
      waiting.set(JSON.stringify(message), message);
      begin();
    },
    async [Symbol.asyncDispose]() {
      await telling;
      stop.abort();
      await connection.end();
      await listening;
    },
  };
}
