import { readdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { describedRoutes, type Route, type Shot, shotsAt } from '../support/fuzz/described-routes.ts';
import { hostileHeaders } from '../support/fuzz/hostile-values.ts';
import { DESCRIPTIONS, OTHER_ROUTES } from '../support/fuzz/other-routes.ts';
import { createRig, type Rig } from '../support/rig.ts';

const TOKEN = 'token-of-the-admin-0123456789';
const PATIENT = { timeout: 30_000 };
/** For so long is shot at the routes; each is met some dozen times. */
const FUZZED_MS = Number(process.env['FUZZ_SECONDS'] ?? 15) * 1000;
const AT_ONCE = 32;
/** What waits for something to come, or goes on for as long as somebody listens, is left then. */
const LEFT_AFTER_MS = 300;

/** Answers of 500 and more that are documented, with what to do. */
const isDocumented = ({ shot, status, text, answered }: Shown): boolean =>
  // Nobody said where images go.
  (status === 500 && /\/builds?\b/.test(shot.path) && /--registry-host|REGISTRY_/.test(text)) ||
  // One backup is taken at a time.
  (status === 503 && shot.path.startsWith('/api/slipway/v1/backup') && answered['retry-after'] !== undefined);

interface Shown {
  readonly shot: Shot;
  readonly headers: Record<string, string>;
  readonly status: number;
  readonly answered: Readonly<Record<string, unknown>>;
  readonly text: string;
}

let rig: Rig;
let server: Served;
let routes: readonly Route[];
let cookie: string;
let stderr = '';
const known: Record<string, string> = { taskId: newTaskId(), taskQueueId: 'test/docker', runId: '0' };

beforeAll(async () => {
  rig = createRig();
  const clients = [{ clientId: 'admin', accessToken: TOKEN, role: 'admin' }];
  writeFileSync(join(rig.folder, 'clients.yml'), JSON.stringify(clients), { mode: 0o600 });
  server = await serve(rig, ['server', '--port', '0', '--clients', 'clients.yml', '--open']);
  server.running.process.stderr?.on('data', (piece: string) => {
    stderr += piece;
  });
  const signIn = { clientId: 'admin', accessToken: TOKEN };
  const session = await ask(server.url, '/api/slipway/v1/session', json('POST', signIn));
  cookie = session.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const created = await ask(
    server.url,
    `/api/queue/v1/task/${known['taskId']}`,
    json('PUT', definition(), mine()),
  );
  expect(created.status).toBe(200);
  const described = await Promise.all(DESCRIPTIONS.map((place) => describedRoutes(server.url, place)));
  // Each service says that it is there; one of them is enough.
  const all = [...described.flat(), ...OTHER_ROUTES];
  routes = all.filter(({ path }) => !/\/(?:ping|__\w+__)$/.test(path) || path.startsWith('/api/queue/'));
});
afterAll(() => rig[Symbol.asyncDispose]());

const mine = (): Record<string, string> => ({ cookie, 'sec-fetch-site': 'same-origin' });
const json = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const definition = () => ({
  taskQueueId: 'test/docker',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
});

/** Sends a request exactly as it is; `undefined` where it was left, or the connection was closed without an answer. */
function shoot(shot: Shot, headers: Record<string, string>): Promise<Shown | undefined> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const { method, path, body } = shot;
    const length =
      body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': body.length };
    const sent = httpRequest({
      hostname,
      port,
      path,
      method,
      headers: { ...length, ...headers },
      agent: false,
    });
    const leave = (): void => {
      sent.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(leave, LEFT_AFTER_MS);
    sent.once('close', () => clearTimeout(timer));
    sent.on('error', leave);
    sent.once('upgrade', leave);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', leave);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('latin1');
        resolve({ shot, headers, status: response.statusCode ?? 0, answered: response.headers, text });
      });
    });
    sent.end(body);
  });
}

const STACK = /\n\s+at (?:async )?[\w.<>]+ ?\(|node:internal|\.ts:\d+:\d+/;
/** What an answer may never have. The name of a folder may be what was asked for. */
const secrets = (): string[] => [TOKEN, rig.dataFolder, 'node_modules', 'SQLITE_', 'ECONNREFUSED'];

/** All that the server keeps, for who may have it. */
const isBackup = ({ shot, status }: Shown): boolean =>
  status === 200 && shot.path.startsWith('/api/slipway/v1/backup');

function judge(shown: Shown): void {
  const { status, text, answered, shot } = shown;
  const about = () =>
    JSON.stringify({ ...shown, text: text.slice(0, 2000), body: shot.body?.toString().slice(0, 500) });
  if (status >= 500 && !isDocumented(shown)) throw new Error(`answers ${status}: ${about()}`);
  if (STACK.test(text)) throw new Error(`shows its insides: ${about()}`);
  const told = isBackup(shown) ? undefined : secrets().find((secret) => text.includes(secret));
  if (told !== undefined) throw new Error(`tells of ${told}: ${about()}`);
  if (answered['x-content-type-options'] !== 'nosniff') throw new Error(`lets browsers guess: ${about()}`);
  const type = String(answered['content-type'] ?? '');
  const policy = String(answered['content-security-policy'] ?? '');
  if (type.includes('html') && !policy.includes("default-src 'none'"))
    throw new Error(`has no policy: ${about()}`);
  if (answered['x'] !== undefined || answered['set-cookie']?.toString().includes('x=1'))
    throw new Error(`takes headers from what was asked: ${about()}`);
}

const openFiles = (): number => readdirSync(`/proc/${server.running.process.pid}/fd`).length;

async function figure(name: string): Promise<number> {
  const { text } = await ask(server.url, '/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** What was found, with the seed that finds it again, and without all of the volley. */
function tell({
  failed,
  errorInstance,
  seed,
  counterexamplePath,
}: Pick<fc.RunDetails<unknown>, 'failed' | 'errorInstance' | 'seed' | 'counterexamplePath'>): void {
  if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}`, { cause: errorInstance });
}

describe('a whole server, whatever is asked of it', () => {
  it('has descriptions of itself, so that no route is left out here', () => {
    expect(routes.length).toBeGreaterThan(100);
  });

  it(
    'answers with refusals, tells nothing of its insides, and stays well',
    async () => {
      const before = openFiles();
      const ways = routes.map((route) => shotsAt(route, known));
      const shot = fc.constantFrom(...ways).chain((way) => way);
      const volley = fc.array(fc.tuple(shot, fc.option(hostileHeaders), fc.nat(4)), {
        minLength: AT_ONCE,
        maxLength: AT_ONCE,
      });
      const usual = { 'content-type': 'application/json' };
      await fc.assert(
        fc.asyncProperty(volley, async (all) => {
          const shown = await Promise.all(
            all.map(([shot, strange, who]) => shoot(shot, { ...usual, ...(who > 0 && mine()), ...strange })),
          );
          for (const each of shown) if (each !== undefined) judge(each);
        }),
        { numRuns: 100_000, interruptAfterTimeLimit: FUZZED_MS, endOnFailure: true, reporter: tell },
      );
      expect((await ask(server.url, '/healthz')).status).toBe(200);
      expect(server.running.process.exitCode).toBeNull();
      // What waits for a task, or for a client that has gone, ends a little later.
      await vi.waitFor(async () => {
        expect(await figure('slipway_http_open_connections')).toBe(1);
        expect(openFiles()).toBeLessThanOrEqual(before + 12);
      }, PATIENT);
      expect(stderr).not.toMatch(/Warning|UnhandledPromise|uncaught/);
      const troubles = server.log().filter(({ level }) => level === 'error' || level === 'fatal');
      expect(troubles.filter(({ status }) => status === undefined || Number(status) < 500)).toEqual([]);
    },
    FUZZED_MS + 60_000,
  );
});
