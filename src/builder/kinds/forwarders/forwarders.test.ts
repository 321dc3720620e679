import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../../test/support/free-port.ts';
import { FORWARDERS } from './index.ts';

const RUNNERS = {
  'slipway-forward.pl': 'perl',
  'slipway-forward.py': 'python3',
  'slipway-forward.cjs': process.execPath,
  'slipway-forward.rb': 'ruby',
} as const;

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

/** Starts one; gives a way to connect through it to what `serve` is. */
async function start(name: keyof typeof FORWARDERS, serve: (socket: Socket) => void): Promise<() => Socket> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-forward-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [script, path, ready] = [join(folder, name), join(folder, 'sock'), join(folder, 'ready')];
  writeFileSync(script, FORWARDERS[name]);
  const server = createServer({ allowHalfOpen: true }, serve).listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const port = await freePort();
  const program = spawn(RUNNERS[name], [script, String(port), path, ready], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    program.kill('SIGKILL');
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  });
  await vi.waitFor(() => expect(existsSync(ready)).toBe(true), { timeout: 20_000 });
  return () => connect({ port, host: '127.0.0.1', allowHalfOpen: true });
}

// Ruby is on few machines: what needs it is tried where it is.
const NAMES = (Object.keys(RUNNERS) as (keyof typeof RUNNERS)[]).filter((name) => isThere(RUNNERS[name]));

describe.each(NAMES)('%s', (name) => {
  it('passes many connections on, both ways, each half to its end, whichever is first', async () => {
    const open = await start(name, (socket) => {
      socket.once('data', (first: Buffer) => {
        if (first.toString() === 'bye') socket.resume().end('bye');
        else {
          socket.write(first);
          socket.pipe(socket);
        }
      });
    });
    const sent = Array.from({ length: 12 }, () => randomBytes(300_000));
    const back = await Promise.all(
      sent.map(async (bytes) => {
        const connection = open();
        connection.end(bytes);
        return await buffer(connection);
      }),
    );
    expect(back.every((bytes, index) => sent[index]?.equals(bytes))).toBe(true);
    for (const _ of [1, 2]) {
      const connection = open();
      connection.write('bye');
      expect((await buffer(connection)).toString()).toBe('bye');
      connection.destroy();
    }
  });
});
