import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { type Served, serve } from '../support/download-server.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 30_000, interval: 50 };
const LONG = 120_000;
const SERVER = ['server', '--port', '0', '--builder', 'off'];
const V1 = '/api/queue/v1';

const definition = () => ({
  taskQueueId: 'test/docker',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: { text: 'x'.repeat(4000) },
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
});

/** The status of a call, and of a connection that breaks 0. */
async function call(url: string, method: string, path: string, body?: object): Promise<number> {
  try {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}${path}`, { method, ...init });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

/** Creates a task; its id where that was acknowledged. */
async function create(url: string): Promise<{ readonly status: number; readonly taskId: string }> {
  const taskId = newTaskId();
  return { taskId, status: await call(url, 'PUT', `${V1}/task/${taskId}`, definition()) };
}

const health = (url: string): Promise<number> => call(url, 'GET', '/healthz');

async function expectAll(url: string, taskIds: readonly string[]): Promise<void> {
  const found = await Promise.all(taskIds.map((taskId) => call(url, 'GET', `${V1}/task/${taskId}/status`)));
  expect(found.filter((status) => status !== 200)).toEqual([]);
}

/** A small disk of its own at the rig's data folder; dispose it before the rig. */
function mountSmallDisk(rig: Rig, size: string): Disposable {
  mkdirSync(rig.dataFolder, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', rig.dataFolder]);
  return { [Symbol.dispose]: () => void execFileSync('umount', ['-l', rig.dataFolder]) };
}

/** Takes all the room that there is. */
function fill(file: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k'], { stdio: 'ignore' });
  } catch {
    // dd ends so where the disk is full
  }
}

async function stop(served: Served): Promise<void> {
  served.running.process.kill('SIGTERM');
  expect(await served.running.finished).toMatchObject({ exitCode: 0 });
}

describe('a server', { timeout: LONG }, () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, LONG);
  afterAll(() => postgres[Symbol.asyncDispose]());

  it.each([
    ['SQLite', () => ({})],
    ['PostgreSQL', () => ({ DATABASE_URL: postgres.createDatabase() })],
  ])(
    'does not start on the data folder of another one, which it names, with %s',
    async (_kind, variables) => {
      await using rig = createRig();
      const environment = variables();
      const first = await serve(rig, SERVER, { environment });
      const second = await rig.run(SERVER, { environment });
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(
        /in use by the server with the process id \d+ at http:\/\/127\.0\.0\.1:\d+, started 20/,
      );
      expect(second.stderr).toContain(first.url);
      expect(await health(first.url)).toBe(200);
      await stop(first);
      expect(existsSync(join(rig.dataFolder, 'server.json'))).toBe(false);
      await stop(await serve(rig, SERVER, { environment }));
    },
  );

  it('takes over what a killed one left, and removes its half a backup', async () => {
    await using rig = createRig();
    const first = await serve(rig, SERVER);
    const { taskId } = await create(first.url);
    first.running.process.kill('SIGKILL');
    await first.running.finished;
    const left = ['queue/queue.db.copy', 'queue/queue.db.copy-journal'];
    for (const name of left) writeFileSync(join(rig.dataFolder, name), 'half');
    const second = await serve(rig, SERVER);
    await expectAll(second.url, [taskId]);
    expect(readdirSync(join(rig.dataFolder, 'queue')).filter((name) => name.includes('copy'))).toEqual([]);
  });

  it('refuses tables of a newer one, and says what to do', async () => {
    await using rig = createRig();
    await stop(await serve(rig, SERVER));
    const database = new DatabaseSync(join(rig.dataFolder, 'queue/queue.db'));
    database.exec("INSERT INTO slipway_migrations VALUES ('queue', 999, 'what a newer program did')");
    database.close();
    expect(await rig.run(SERVER)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /was written by a newer Slipway.*"queue" have version 999.*run the newer program/s,
      ),
    });
  });

  it('on a full disk refuses what it cannot keep, loses nothing, and goes on when there is room', async () => {
    await using rig = createRig();
    using _disk = mountSmallDisk(rig, '24m');
    const { url, running } = await serve(rig, SERVER);
    const kept: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      const { taskId, status } = await create(url);
      expect(status).toBe(200);
      kept.push(taskId);
    }
    const filler = join(rig.dataFolder, 'filler');
    fill(filler);
    let refused = 200;
    for (let i = 0; i < 2000 && refused === 200; i += 1) {
      const { taskId, status } = await create(url);
      if (status === 200) kept.push(taskId);
      refused = status;
    }
    expect(refused).toBe(507);
    await expectAll(url, kept);
    rmSync(filler);
    await vi.waitFor(async () => {
      const { taskId, status } = await create(url);
      expect(status).toBe(200);
      kept.push(taskId);
    }, PATIENT);
    await expectAll(url, kept);
    running.process.kill('SIGKILL');
    await running.finished;
    const again = await serve(rig, SERVER);
    await expectAll(again.url, kept);
    await stop(again);
  });

  it('says so where it may not write its data folder', async () => {
    await using rig = createRig();
    using _disk = mountSmallDisk(rig, '8m');
    execFileSync('mount', ['-o', 'remount,ro', rig.dataFolder]);
    const { exitCode, stderr } = await rig.run(SERVER);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/read-only file system/i);
    expect(stderr).not.toMatch(/mistake in Slipway|at .*\.ts:/);
  });

  it('that waits for its database ends as soon as somebody wants it to', async () => {
    await using rig = createRig();
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, 'connection');
    const running = rig.start(SERVER, {
      environment: { DATABASE_URL: `postgres://somebody@127.0.0.1:${port}/tasks` },
    });
    await connected;
    running.process.kill('SIGINT');
    expect(await running.finished).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('stopped before anything was served'),
    });
    silent.close();
  });

  it('without its database answers 503 under load, and goes on when that is back', async () => {
    await using rig = createRig();
    const environment = { DATABASE_URL: postgres.createDatabase() };
    const served = await serve(rig, SERVER, { environment });
    const { url } = served;
    const kept: string[] = [];
    const answers = new Set<number>();
    const load = { on: true };
    const loading = Array.from({ length: 4 }, async () => {
      while (load.on) {
        const { taskId, status } = await create(url);
        answers.add(status);
        if (status === 200) kept.push(taskId);
      }
    });
    await vi.waitFor(() => expect(kept.length).toBeGreaterThan(10), PATIENT);
    await postgres.stop('KILL');
    await vi.waitFor(async () => expect(await health(url)).toBe(503), PATIENT);
    await vi.waitFor(() => expect(answers).toContain(503), PATIENT);
    await postgres.start();
    await vi.waitFor(async () => expect(await health(url)).toBe(200), PATIENT);
    const before = kept.length;
    await vi.waitFor(() => expect(kept.length).toBeGreaterThan(before + 5), PATIENT);
    load.on = false;
    await Promise.all(loading);
    expect([...answers].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    await expectAll(url, kept);
    await stop(served);
  });
});
