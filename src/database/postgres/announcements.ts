import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import type { LocalListeners } from '../local-listeners.ts';

const CHANNEL = 'slipway';
// A notification may have 8,000 bytes; what is told at once goes together.
const MAX_BYTES = 7_500;

type Message = readonly [channel: string, payload: string];

/** What servers tell each other, over one channel of PostgreSQL. */
export interface Announcements extends AsyncDisposable {
  tell(channel: string, payload: string): void;
}

/**
 * Listens, again after each lost connection, and tells. Never as part of a write: a transaction that notifies waits for all
 * others that do. While one notification is on its way, more gather for the next.
 */
export async function openAnnouncements(sql: Sql, listeners: LocalListeners): Promise<Announcements> {
  const self = randomUUID();
  const waiting = new Map<string, Message>();
  let isTelling: Promise<void> | undefined;
  let isFirst = true;

  function heard(text: string): void {
    const [from, ...messages] = JSON.parse(text) as [string, ...Message[]]; // a server of ours wrote it
    if (from === self) return;
    for (const [channel, payload] of messages) listeners.tell(channel, payload);
  }

  function subscribed(): void {
    if (!isFirst) listeners.tellAll();
    isFirst = false;
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
    while (waiting.size > 0) {
      // One that is lost is no harm: who lost its connection looks for itself, and nobody else hears of it late.
      await sql.unsafe('SELECT pg_notify($1, $2)', [CHANNEL, nextText()], { prepare: true }).catch(() => {});
    }
    isTelling = undefined;
  }

  const subscription = await sql.listen(CHANNEL, heard, subscribed);
  return {
    tell(channel, payload) {
      const message = [channel, payload] as const;
      waiting.set(JSON.stringify(message), message);
      isTelling ??= tellAll();
    },
    async [Symbol.asyncDispose]() {
      await isTelling;
      await subscription.unlisten().catch(() => {}); // the connection ends anyway
    },
  };
}
