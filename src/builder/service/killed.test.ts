import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { AUTH_MIGRATIONS } from '../../auth/index.ts';
import { type DatabaseLocation, openDatabase } from '../../database/index.ts';
import { LOG_MIGRATIONS, openDatabaseLogs } from '../../logs/index.ts';
import { BUILDER_MIGRATIONS, openBuilder } from '../index.ts';
import { createFakeBackend, type FakeBackend } from '../testing/fake-backend.ts';
import { createFakeRegistry } from '../testing/fake-registry.ts';
import { LINES } from '../testing/lines-recipe.ts';

const PROGRAM = join(import.meta.dirname, '../testing/programs/build-until-killed.ts');

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

/** Kills a server in the middle of a build; gives the build's id. */
async function killDuringBuild(location: DatabaseLocation): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(location)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const [id] = (await once(createInterface(child.stdout), 'line')) as [string];
  child.kill('SIGKILL');
  await exit;
  return id;
}

/** The server after it; its lease is too long to be waited for. */
async function finishAfter(location: DatabaseLocation, id: string, backend: FakeBackend): Promise<string> {
  await using database = await openDatabase({
    location,
    migrations: [...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS],
  });
  await using logs = openDatabaseLogs({ database, gatherMs: 1 });
  const registry = createFakeRegistry();
  const registryClientFor = () => registry.client();
  await using builder = await openBuilder({ database, logs, backend, recipe: LINES, registryClientFor });
  const build = await builder.waitEnded(id, AbortSignal.timeout(30_000));
  expect(build).toMatchObject({ state: 'succeeded', attempts: 2 });
  const pieces: Uint8Array[] = [];
  for await (const piece of builder.log(id, { follow: true, signal: AbortSignal.timeout(10_000) }))
    pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('a server that is killed during a build', () => {
  it.each(['SQLite', 'PostgreSQL'])('is followed by one that builds it, with %s', async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const location: DatabaseLocation =
      kind === 'SQLite'
        ? { type: 'sqlite', file: join(folder, 'db') }
        : { type: 'postgres', url: postgres.createDatabase(), connections: 3 };
    const id = await killDuringBuild(location);
    const backend = createFakeBackend();
    const log = await finishAfter(location, id, backend);
    expect(backend.works.map((work) => work.id)).toEqual([id]);
    expect(log).toContain('the first server builds\n');
    expect(log).toContain('--- The build begins again: the server that ran it is gone\n');
    expect(log).toMatch(/installed\n$/);
  });
});
