import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultLimits } from '../../src/server/index.ts';
import { createRig, type Rig } from '../support/rig.ts';

const GIB = 1024 ** 3;
const STALLED = 200;
const IDLE = 2000;
const AT_ONCE = 100; // connections that are opened together

let rig: Rig;
let sockets: Socket[];
beforeEach(() => {
  rig = createRig();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await rig[Symbol.asyncDispose]();
});

interface Server {
  readonly pid: number;
  readonly url: string;
  /** Of a file in the folder that it serves. */
  fileUrl(name: string): string;
}

/** A server of a folder that holds a file of a GiB, without a disk's GiB, and a small one. */
async function startServer(): Promise<Server> {
  const root = join(rig.folder, 'served');
  mkdirSync(root);
  const file = openSync(join(root, 'gib'), 'w');
  ftruncateSync(file, GIB);
  closeSync(file);
  rig.write('served/small', 'a few bytes');
  const { process, waitFor } = rig.start(['download', 'server', '--port', '0', '--root', root]);
  let log = '';
  process.stderr?.on('data', (piece: string) => {
    log += piece;
  });
  await waitFor('"url":');
  const url = /"url":"([^"]+)"/.exec(log)?.[1] ?? '';
  return {
    pid: process.pid ?? 0,
    url,
    fileUrl: (name) => `${url}/api/v3/operator/artifact/download?a=${name}&s=${encodeURIComponent(root)}`,
  };
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function openMany(count: number, openOne: () => Promise<unknown>): Promise<void> {
  for (let opened = 0; opened < count; opened += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, openOne));
}

/** Asks for a file, and reads no more than its first bytes. */
async function stall(url: string): Promise<void> {
  const socket = await open(url);
  const { pathname, search, host } = new URL(url);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await once(socket, 'readable');
  expect(String(socket.read(12))).toBe('HTTP/1.1 200');
}

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const residentMib = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  expect(response.status).toBe(200);
  return await response.text();
}

test('readers that stop reading cost little, keep nobody waiting, and leave nothing behind', async () => {
  const server = await startServer();
  expect(await textOf(server.fileUrl('small'))).toBe('a few bytes');
  const before = { files: openFiles(server.pid), mib: residentMib(server.pid) };
  await openMany(STALLED, () => stall(server.fileUrl('gib')));
  expect(openFiles(server.pid)).toBeGreaterThanOrEqual(before.files + 2 * STALLED); // file and connection
  expect(await textOf(server.fileUrl('small'))).toBe('a few bytes');
  // Twice 64 KiB each, and what Node has for a connection.
  expect(residentMib(server.pid) - before.mib).toBeLessThan(120);
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(() => expect(openFiles(server.pid)).toBeLessThanOrEqual(before.files), {
    timeout: 20_000,
  });
});

test('thousands of connections that ask for nothing keep nobody from a download', async () => {
  const server = await startServer();
  expect(await textOf(server.fileUrl('small'))).toBe('a few bytes');
  const before = residentMib(server.pid);
  // Where a process may have few files open, the server takes fewer.
  await openMany(Math.min(IDLE, defaultLimits().connections - AT_ONCE), () => open(server.url));
  expect(await textOf(`${server.url}/healthz`)).toBe('{"status":"ok"}');
  expect(await textOf(server.fileUrl('small'))).toBe('a few bytes');
  expect(residentMib(server.pid) - before).toBeLessThan(100);
  expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(0);
});
