import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BoxTarget, probeCommand } from './probe-program.ts';

const TOKEN = 'slipway-probe-test';

/** Programs that a box may have, each under the names that are links to it here. */
const BOXES = {
  bash: { '/bin/bash': ['bash'], '/bin/busybox': ['sleep'] },
  busybox: { '/bin/busybox': ['nc', 'wget', 'sleep', 'timeout', 'true'] },
};

interface Asked {
  readonly url: string;
  readonly host: string | undefined;
}

/** A folder of links, to be the only one in a search path. */
function makePath(programs: Readonly<Record<string, readonly string[]>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-path-'));
  for (const [file, names] of Object.entries(programs)) {
    for (const name of names) symlinkSync(file, join(folder, name));
  }
  return folder;
}

describe.each(Object.entries(BOXES))('the probe in a box with %s', (_name, programs) => {
  let path: string;
  const asked: Asked[] = [];
  let status = 200;
  let server: Server;
  let port: number;
  let child: ChildProcessByStdio<null, Readable, null> | undefined;

  beforeEach(async () => {
    asked.length = 0;
    path = makePath(programs);
    server = createServer((request, response) => {
      asked.push({ url: request.url ?? '', host: request.headers.host });
      response.writeHead(status).end('body');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo); // it listens on a port
  });

  afterEach(() => {
    if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    server.close();
    rmSync(path, { recursive: true });
  });

  /** Lines of the answer, the processes' numbers left out; ends at a line that `last` names, or with the program. */
  async function look(targets: readonly BoxTarget[], last?: string): Promise<string[]> {
    child = spawn('/bin/sh', ['-c', probeCommand(targets, TOKEN)], {
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    }) as ChildProcessByStdio<null, Readable, null>; // what its standard streams are is said above
    let text = '';
    for await (const piece of child.stdout.setEncoding('utf8')) {
      text += piece;
      if (last !== undefined && text.includes(last)) break;
    }
    return text
      .split('\n')
      .filter((line) => line !== '' && !line.includes(' pid '))
      .map((line) => line.replace(`${TOKEN} `, ''));
  }

  const here = (http?: BoxTarget['http']): BoxTarget => ({
    address: '127.0.0.1',
    port,
    ...(http && { http }),
  });

  it('finds a port that is open, and waits for one that is not', async () => {
    const closed = { address: '127.0.0.1', port: 1 };
    expect(await look([closed, here()], 'open')).toEqual(['open 1']);
  });

  it('ends when everything was found', async () => {
    expect(await look([here(), here()])).toEqual(expect.arrayContaining(['open 0', 'open 1']));
  });

  it('takes an answer without an error for good, whatever is in the path', async () => {
    const url = `/a?b='$(id)"&c=;\`x\``;
    expect(await look([here({ path: url, host: 'web:80' })])).toEqual(['open 0']);
    expect(asked[0]).toEqual({ url, host: 'web:80' });
  });

  it('says which other answer it got, once', async () => {
    status = 503;
    const looking = look([here({ path: '/', host: 'web' })], 'open');
    while (asked.length < 3) await once(server, 'request');
    status = 204;
    expect(await looking).toEqual(['status 0 503', 'open 0']);
  });

  it('wants the status that it is told', async () => {
    status = 404;
    expect(await look([here({ path: '/', host: 'web', status: 404 })])).toEqual(['open 0']);
    status = 200;
    const other = here({ path: '/', host: 'web', status: 404 });
    expect(await look([other], 'status')).toEqual(['status 0 200']);
  });
});

it('says that the box has no program to look with', async () => {
  const target = { address: '127.0.0.1', port: 1 };
  const asking = probeCommand([target, { ...target, http: { path: '/', host: 'web' } }], TOKEN);
  const shell = spawn('/bin/sh', ['-c', asking], {
    env: { PATH: '/nowhere' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = (await shell.stdout.setEncoding('utf8').toArray()).join('');
  expect(text).toBe(`${TOKEN} skip 0\n${TOKEN} skip 1\n`);
});
