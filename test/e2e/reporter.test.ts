import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

interface Told {
  readonly event: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server that runs report to, with what it was told. */
async function startServer(answer: (response: ServerResponse) => void) {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { pathname } = new URL(request.url ?? '', 'http://x');
      told.push({
        event: pathname.slice(1),
        body: JSON.parse(Buffer.concat(pieces).toString()) as Told['body'],
      });
      answer(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    told,
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const FILE = pipelineFile({
  steps: ['echo "token $TOKEN"', script({ name: 'bad', code: 'fail "no $TOKEN"' })],
  afterSteps: ['true'],
});

const report = (host: string): string[] => [
  'build',
  '--report',
  '--wercker-host',
  host,
  '--wercker-token',
  'report-token',
];

describe.concurrent('--report', () => {
  it('tells a server of the run, masked, the result before the after-steps', async () => {
    await using server = await startServer((response) => response.end('{}'));
    await using rig = createRig(FILE);
    const { exitCode, stdout, stderr } = await rig.run(report(server.host), {
      environment: { XXX_TOKEN: 'correct-horse' },
    });
    const { told } = server;
    expect(told.map(({ event }) => event)).toEqual([
      'runstepstarted',
      'runstepfinished',
      'runstepsadded',
      'runstepstarted',
      'runstepfinished',
      'runstepstarted',
      'runsteplogs',
      'runstepfinished',
      'runstepstarted',
      'runsteplogs',
      'runstepfinished',
      'runfinished',
      'runstepstarted',
      'runstepfinished',
    ]);
    expect(told[1]?.body).toMatchObject({ stepSafeId: 'setup environment', werckerYamlContents: FILE });
    expect(told[10]?.body).toMatchObject({ result: 'failed', message: 'no ***' });
    expect(told[11]?.body).toMatchObject({ result: 'failed' });
    const logs = told.flatMap(({ body }) => (typeof body['logs'] === 'string' ? [body['logs']] : []));
    const text = logs.map((log) => Buffer.from(log, 'base64').toString()).join('');
    expect(text).toContain('token ***\n');
    expect(JSON.stringify(told) + text).not.toContain('correct-horse');
    expect(stdout + stderr).not.toContain('report-token');
    expect(exitCode).toBe(1);
  });

  it('changes neither result nor output of a run whose server hangs, but says so', async () => {
    await using server = await startServer(() => undefined);
    await using rig = createRig(pipelineFile({ steps: ['echo x'] }));
    const { exitCode, stdout, stderr } = await rig.run(report(server.host));
    expect(stdout).toBe('x\n');
    expect(stderr).toContain(`warning: The run is not fully reported to ${server.host}`);
    expect(stderr).not.toContain('report-token');
    expect(exitCode).toBe(0);
  });

  it('changes no result where nobody listens or errors come, and says it once', async () => {
    await using server = await startServer((response) => response.writeHead(500).end());
    for (const host of [server.host, '127.0.0.1:9']) {
      await using rig = createRig(pipelineFile({ steps: ['echo x'] }));
      const { exitCode, stderr } = await rig.run(report(host));
      expect(stderr.match(/not fully reported/g)).toHaveLength(1);
      expect(exitCode).toBe(0);
    }
  });

  it.each([
    [['build', '--report'], 'Invalid options: wercker-token is required'],
    [['build', '--report', '--wercker-token', 't'], 'Invalid options: wercker-host is required'],
    [['build', '--report', '--wercker-token', 't', '--wercker-host', 'a b'], '--wercker-host: expected'],
  ])('%j is a usage error', async (words, sentence) => {
    await using rig = createRig(FILE);
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(2);
    expect(rig.exists('.wercker')).toBe(false);
  });
});
