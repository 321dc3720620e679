import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, type Rig } from '../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

/** What a step registry does while a step is published; it believes one token. */
async function openRegistry(token: string) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const { authorization } = headers;
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    asked.push({ method, path, authorization, body: Buffer.concat(pieces) });
    if (path.startsWith('/api/') && authorization !== `Bearer ${token}`) {
      response.writeHead(401).end('{"message":"no such token"}');
    } else {
      response.end(
        JSON.stringify({ uploadUrl: '/upload/1', token: 'ticket', expires: '2030-01-01T00:00:00Z' }),
      );
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const publish = (properties: Readonly<Record<string, unknown>>) => ({ 'internal/publish-step': properties });

function writeStep(rig: Rig): void {
  rig.write('steps/greet/step.yml', 'name: greet\nversion: 1.0.0\nsummary: greets\n');
  rig.write('steps/greet/run.sh', 'echo ahoy\n', 0o755);
}

describe.concurrent('internal/publish-step', { timeout: BUSY_MACHINE_MS }, () => {
  it('publishes a folder of the source as the steps left it', async () => {
    await using registry = await openRegistry('t0ken-of-crew');
    await using rig = createRig(
      pipelineFile({
        more: { 'base-path': '/work' },
        steps: [
          'echo made >steps/greet/made.txt; export ENDPOINT="$REGISTRY"',
          publish({
            endpoint: '$ENDPOINT',
            path: 'steps/greet',
            owner: 'crew',
            'auth-token': '$TOKEN',
            private: true,
          }),
        ],
      }),
    );
    writeStep(rig);
    const { exitCode, stdout, stderr } = await rig.run(['build'], {
      environment: { X_REGISTRY: registry.url, XXX_TOKEN: 't0ken-of-crew' },
    });
    expect(exitCode, stderr).toBe(0);
    const [announced, uploaded, done] = registry.asked;
    const archive = uploaded?.body ?? Buffer.alloc(0);
    const checksum = createHash('sha256').update(archive).digest('hex');
    expect(stdout).toBe(`Published greet@1.0.0 (sha256:${checksum})\n`);
    expect(JSON.parse(announced?.body.toString() ?? '')).toMatchObject({
      checksum,
      size: archive.length,
      username: 'crew',
      private: true,
      manifest: { name: 'greet', version: '1.0.0', summary: 'greets' },
    });
    const names = execFileSync('tar', ['-tz'], { input: archive, encoding: 'utf8' });
    expect(names.split('\n').map((name) => name.replace(/^\.\//, ''))).toEqual(
      expect.arrayContaining(['made.txt', 'run.sh', 'step.yml']),
    );
    expect(uploaded?.authorization).toBeUndefined();
    expect(JSON.parse(done?.body.toString() ?? '')).toEqual({ token: 'ticket' });
    expect(stdout + stderr).not.toContain('t0ken-of-crew');
    expect(readdirSync(join(rig.folder, '.wercker/tmp'))).toEqual([]);
  });

  it.each([
    [{ path: 'nowhere' }, /no folder \/pipeline\/source\/nowhere in the box/],
    [{ path: '../output' }, /"path" must be a folder of the source/],
    [{ path: '.' }, /step\.yml/],
    [{ path: 'steps/greet', 'auth-token': 'wrong-token' }, /401.*no such token/],
    [{ path: 'steps/greet', endpoint: 'here' }, /no web address/],
  ])('fails with a sentence: %j', async (properties, problem) => {
    await using registry = await openRegistry('right-token');
    const step = publish({ endpoint: registry.url, ...properties });
    await using rig = createRig(pipelineFile({ steps: [step] }));
    writeStep(rig);
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(problem);
    expect(stdout + stderr).not.toContain('wrong-token');
  });
});
