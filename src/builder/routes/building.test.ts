import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { AUTH_MIGRATIONS } from '../../auth/index.ts';
import { type Database, openDatabase } from '../../database/index.ts';
import { LOG_MIGRATIONS, type LogStore, openDatabaseLogs } from '../../logs/index.ts';
import type { Builder } from '../builder.ts';
import { openBuilder } from '../open-builder.ts';
import { BUILDER_MIGRATIONS } from '../records/migrations.ts';
import { createFakeBackend } from '../testing/fake-backend.ts';
import { createFakeRegistry } from '../testing/fake-registry.ts';
import { LINES } from '../testing/lines-recipe.ts';
import { ALICE, BOB, type ServedBuilder, serveBuilder } from './testing/serve-builder.ts';

// The whole way from a request to what a backend gets, and back; only the backend and its registry are none.

const folder = mkdtempSync(join(tmpdir(), 'slipway-builder-routes-'));
const registry = createFakeRegistry();
const backend = createFakeBackend({ registry });
let database: Database;
let logs: LogStore;
let builder: Builder;
let served: ServedBuilder;

beforeAll(async () => {
  const location = { type: 'sqlite', file: join(folder, 'builder.db') } as const;
  database = await openDatabase({
    location,
    migrations: [...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS],
  });
  logs = openDatabaseLogs({ database });
  builder = await openBuilder({
    database,
    logs,
    backend,
    recipe: LINES,
    registryClientFor: () => registry.client(),
  });
  served = await serveBuilder(builder, { strictUserCheck: false });
});
afterAll(async () => {
  for (const each of [served, builder, logs, database]) await each[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const ORDER = { source: 'team/runtime:1', target: 'alice:web', kind: 'python' };
const file = (text: string): string => Buffer.from(text).toString('base64');
const json = async (response: Promise<Response>): Promise<Json> => (await (await response).json()) as Json; // looked at below

const ended = (id: unknown): Promise<Json> =>
  vi.waitFor(
    async () => {
      const status = await json(served.ask(`/status?id=${String(id)}`));
      expect(['Succeeded', 'Failed']).toContain(status['phase']);
      return status;
    },
    { timeout: 20_000 },
  );

it('a build is begun, followed to its end, told of, and forgotten', async () => {
  backend.hold();
  const { id, job_name } = await json(served.post('/start', { ...ORDER, file: file('flask\n') }));
  const [first, second] = [served.ask(`/log?id=${String(id)}`), served.ask(`/log?id=${String(id)}`)];
  await vi.waitFor(
    async () =>
      expect(await json(served.ask(`/status?id=${String(id)}`))).toMatchObject({ phase: 'Running' }),
    { timeout: 20_000 },
  );
  backend.release();
  const text = await (await first).text();
  expect(text).toContain('installed\n');
  expect(await (await second).text()).toBe(text);
  const status = await ended(id);
  expect(status).toMatchObject({
    phase: 'Succeeded',
    job_name,
    build: { state: 'succeeded', image: { reference: 'registry.example.com/alice:web' } },
  });
  const again = await json(served.post('/start', { ...ORDER, file: file('flask\n') }));
  expect(again['id']).not.toBe(id);
  expect(again['build']).toMatchObject({ state: 'succeeded', reusedFrom: id });
  expect(await json(served.ask('/list'))).toMatchObject({ builds: [{ id: again['id'] }, { id }] });
  expect(await json(served.post('/cleanup', { max_age_hours: '-1' }))).toMatchObject({ removed: 2 });
  expect(await json(served.ask('/list'))).toMatchObject({ builds: [] });
});

it('a build can be ended while it runs', async () => {
  backend.hold();
  const { id } = await json(served.post('/start', { ...ORDER, file: file('django\n') }));
  await vi.waitFor(() => expect(backend.goingOn.has(String(id))).toBe(true), { timeout: 20_000 });
  expect(await json(served.post('/cancel', { id }))).toMatchObject({ build: { state: 'cancelled' } });
  expect(backend.goingOn.has(String(id))).toBe(false);
  backend.release();
});

it('fifty requests at once are all answered, whoever they are of, and all are built', async () => {
  const tokens = [ALICE, BOB];
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const user = n % 2 === 0 ? 'alice' : 'bob';
      const order = { ...ORDER, target: `${user}:many-${n}`, file: file(`many==${n}\n`) };
      const headers = { authorization: tokens[n % 2] ?? '' };
      return await json(served.post('/start', order, headers));
    }),
  );
  expect(new Set(answers.map(({ id }) => id)).size).toBe(50);
  expect(answers.every(({ status }) => status === 'ok')).toBe(true);
  await vi.waitFor(async () => expect(await builder.counts()).toEqual({ queued: 0, running: 0 }), {
    timeout: 20_000,
  });
  const { builds } = await builder.list({ limit: 1000, states: ['succeeded'] });
  expect(builds.filter(({ target }) => target.tag.startsWith('many-'))).toHaveLength(50);
});

it('nothing that is more than a name reaches a backend', async () => {
  const parts = [
    'alice',
    ':',
    '\n',
    '\r',
    '"',
    "'",
    '$(id)',
    '${A}',
    '`',
    ' ',
    '/',
    '..',
    'a',
    '\\',
    ';',
    '&',
    '@',
    '--',
  ];
  const nasty = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 30 }),
    fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((all) => all.join('')),
  );
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (source, target) => {
      await served.post('/start', { ...ORDER, source });
      await served.post('/start', { ...ORDER, target });
      await served.post('/start', { ...ORDER, target: `alice:${target}` });
    }),
    { numRuns: 40 },
  );
  await vi.waitFor(async () => expect(await builder.counts()).toEqual({ queued: 0, running: 0 }), {
    timeout: 20_000,
  });
  expect(backend.works.length).toBeGreaterThan(0);
  for (const { source, target, context, jobName } of backend.works) {
    expect(source).toMatch(/^[A-Za-z0-9][\w.:/@[\]-]*$/);
    expect(`${target.repository}:${target.tag}`).toMatch(/^[a-z0-9._-]+:[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
    expect(jobName).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(context.dockerfile.split('\n')).toHaveLength(2);
  }
});
