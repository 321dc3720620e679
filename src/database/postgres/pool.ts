import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

// What is on its way when the pool ends may come to its end for so long.
const END_MS = 5000;

/** Connections that are used by one piece of work at a time each. */
export interface Pool extends AsyncDisposable {
  use<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Leaves all connections at once, whatever goes on on them. */
  leaveAll(): void;
}

/** A pool of at most `max`; those that are lost are left, and others made as they are needed. */
export function createPool(open: () => Connection, max: number): Pool {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  let settle: (() => void) | undefined;

  function leave(connection: Connection): void {
    if (!all.delete(connection)) return;
    const i = idle.indexOf(connection);
    if (i !== -1) idle.splice(i, 1);
    void connection.end().catch(() => {}); // it is lost already
  }

  function make(): Connection {
    const connection = open();
    all.add(connection);
    void connection.lost.then(() => leave(connection));
    return connection;
  }

  async function take(): Promise<Connection> {
    for (;;) {
      const found = idle.pop() ?? (all.size < max ? make() : undefined);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  return {
    async use(work) {
      busy += 1;
      const connection = await take();
      try {
        const result = await work(connection);
        if (all.has(connection) && !connection.isLost) idle.push(connection);
        return result;
      } catch (error) {
        // Nobody knows what state it is in.
        leave(connection);
        throw error;
      } finally {
        busy -= 1;
        if (busy === 0) settle?.();
        waiting.shift()?.();
      }
    },
    leaveAll() {
      for (const connection of [...all]) leave(connection);
    },
    async [Symbol.asyncDispose]() {
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const timeout = new AbortController();
      if (busy > 0)
        await Promise.race([settled, sleep(END_MS, undefined, { signal: timeout.signal }).catch(() => {})]);
      timeout.abort();
      await Promise.all([...all].map((connection) => connection.end()));
    },
  };
}
