import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../../database/index.ts';
import { createShellRelay } from '../shell-relay.ts';
import { openShellExchange } from './exchange.ts';
import { SHELL_MIGRATIONS } from './migrations.ts';

it('has the connection of a session that another server took, also where nobody told it so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-exchange-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const location = { type: 'sqlite', file: join(folder, 'queue.db') } as const;
  await using real = await openDatabase({ location, migrations: SHELL_MIGRATIONS });
  // Each session is another server's as soon as this one wants it, and no news of it comes.
  const database: Database = new Proxy(real, {
    get(target, name: keyof Database) {
      if (name === 'query')
        return async (...[statement, values]: Parameters<Database['query']>) => {
          const rows = await target.query(statement, values);
          return /INSERT INTO shell_sessions/.test(statement.sqlite) ? [] : rows;
        };
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  using relay = createShellRelay();
  using exchange = openShellExchange({
    ...{ database, relay, now: Date.now },
    serve: () => expect.fail('nobody offers anything here'),
    onError: (error) => expect.fail(String(error)),
  });
  // More than may be asked at once: nothing is kept of those that are over.
  for (let i = 0; i < 100; i += 1) {
    const asked = exchange.ask('a-run/0', undefined);
    expect(await asked?.withdraw()).toBe(false);
    const tunnel = await asked?.found;
    expect(tunnel?.destroyed).toBe(false);
    tunnel?.destroy();
  }
});
