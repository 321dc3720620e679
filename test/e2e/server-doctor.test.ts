import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../support/download-server.ts';
import { createRig, type Finished, type Rig } from '../support/rig.ts';

const TLS = resolve(import.meta.dirname, '../support/tls');

interface Line {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly hint?: string;
}

const linesOf = ({ stdout }: Finished): Line[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('slipway doctor', { timeout: 60_000 }, () => {
  let rig: Rig;
  beforeAll(() => {
    rig = createRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const examine = async (words: readonly string[], environment: Record<string, string> = {}) => {
    const finished = await rig.run(['doctor', '--output', 'json', ...words], { environment });
    const findings = new Map(linesOf(finished).map((line) => [line.name, line]));
    return { finished, of: (name: string) => findings.get(name) };
  };

  it('finds nothing in the way of a first start, and makes nothing', async () => {
    const { finished, of } = await examine(['--port', '0']);
    expect(finished.exitCode).toBe(0);
    for (const name of [
      'node',
      'configuration',
      'data-folder',
      'database',
      'artifact-cache',
      'port',
      'clients',
    ])
      expect(of(name)).toMatchObject({ state: 'ok' });
    expect(of('engine')).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/a container of \S+ started/),
    });
    expect(existsSync(rig.dataFolder)).toBe(false);
  });

  it('says what is wrong and what to do, tells no secret, and fails', async () => {
    const closed = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
      response.end();
    });
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    mkdirSync(join(rig.folder, 'data'), { mode: 0o700 });
    writeFileSync(join(rig.folder, 'clients.yml'), '- clientId: a\n', { mode: 0o600 });
    const { finished, of } = await examine(
      [
        '--clients',
        'clients.yml',
        '--root-url',
        url,
        '--with-worker',
        '--certfile',
        join(TLS, 'server.crt'),
        '--keyfile',
        join(TLS, 'renewed.key'),
      ],
      {
        SLIPWAY_DATA_DIR: join(rig.folder, 'data'),
        DATABASE_URL: 'postgres://slipway:hunter2@127.0.0.1:1/slipway',
        DOCKER_HOST: `unix://${rig.folder}/none.sock`,
        REGISTRY_HOST: '127.0.0.1:1',
        REGISTRY_USER: 'user',
        REGISTRY_PASS: 'hunter2',
        SLIPWAY_STORE_TYPE: 's3',
        SLIPWAY_STORE_BUCKET: 'bucket',
        SLIPWAY_STORE_REGION: 'region',
        SLIPWAY_STORE_ENDPOINT: 'http://127.0.0.1:1',
        SLIPWAY_STORE_ACCESS_KEY_ID: 'key',
        SLIPWAY_STORE_SECRET_ACCESS_KEY: 'hunter2',
        SLIPWAY_SERVER_PROT: '1',
      },
    );
    closed.close();
    expect(finished.exitCode).toBe(1);
    for (const name of ['database', 'engine', 'registry', 'store', 'clients', 'tls', 'clocks'])
      expect(of(name), name).toMatchObject({ state: 'failed' });
    expect(of('configuration')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('$SLIPWAY_SERVER_PORT?'),
    });
    expect(of('database')?.hint).toContain('check that the server runs');
    expect(of('tls')?.found).toContain('does not belong to the certificate');
    expect(of('clocks')?.found).toMatch(/3\d\d\d s ahead of the root URL/);
    expect(`${finished.stdout}${finished.stderr}`).not.toContain('hunter2');
  });

  it('looks at nothing else where the configuration has mistakes', async () => {
    rig.write('config.yaml', 'server: {prot: 1}\n');
    const { finished, of } = await examine([], { SLIPWAY_CONFIG: join(rig.folder, 'config.yaml') });
    expect(finished.exitCode).toBe(1);
    expect(of('configuration')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('did you mean "port"'),
    });
    expect(of('database')).toBeUndefined();
    const { stdout } = await rig.run(['doctor'], {
      environment: { SLIPWAY_CONFIG: join(rig.folder, 'config.yaml') },
    });
    expect(stdout).toMatch(/\n +1 \| server: \{prot: \*\}\n +\| +\^+\n/);
  });

  it('names the server that has the folder, and does not get in its way', async () => {
    const served = await serve(rig, ['server', '--port', '0', '--builder', 'off']);
    const finished = await rig.run(['doctor', '--port', new URL(served.url).port]);
    expect(finished.exitCode).toBe(0);
    const process = `the server with the process id ${served.running.process.pid} at ${served.url}`;
    expect(finished.stdout.replaceAll(/process id \d+/g, 'process id N').split('in use by')[1]).toContain(
      process.replaceAll(/process id \d+/g, 'process id N'),
    );
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    served.running.process.kill('SIGTERM');
    await served.running.finished;
  });
});
