import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../src/page/wire.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { BUSYBOX, createRig, type Rig, type Running } from '../support/rig.ts';

const WAIT = { timeout: 60_000 };
const SECRET = 'Tr0ub4dor-and-3';

// `dev` has the project itself in the box: a file in it lets the step go on.
const PIPELINE = `dev:
  box: ${BUSYBOX}
  steps:
    - script:
        name: greet
        code: echo hello
    - script:
        name: wait
        code: |
          echo "first $TOKEN"
          while [ ! -e gate ]; do sleep 0.05; done
          echo last
`;

/** An answer that is read as it comes. */
interface Reading {
  readonly response: IncomingMessage;
  readonly text: () => string;
}

describe('what a run shows', { timeout: 120_000 }, () => {
  let rig: Rig;
  let served: Served;
  let changes: Reading;
  const leaving: (() => void)[] = [];

  async function read(path: string): Promise<Reading> {
    const request = httpRequest(`${served.url}${path}`);
    leaving.push(() => request.destroy());
    request.on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    response.on('error', () => {});
    return { response, text: () => text };
  }

  const told = (): Change[] =>
    Array.from(changes.text().matchAll(/^data: (.*)$/gm), ([, data = '']) => JSON.parse(data));

  /** Starts a run, and gives its id once a page would know of it. */
  async function start(): Promise<{ readonly running: Running; readonly runId: string }> {
    const before = told().length;
    const running = rig.start(['dev'], { environment: { XXX_TOKEN: SECRET } });
    const runId = await vi.waitFor(() => {
      const found = told()
        .slice(before)
        .find((change) => change.kind === 'run');
      if (found?.kind !== 'run') throw new Error(`nothing is told of a run: ${changes.text()}`);
      return found.runId;
    }, WAIT);
    return { running, runId };
  }

  beforeAll(async () => {
    rig = createRig(PIPELINE);
    served = await serve(rig, ['server', '--port', '0', '--builder', 'off']);
    changes = await read('/api/slipway/v1/changes?kinds=run');
  }, 60_000);
  afterAll(async () => {
    for (const leave of leaving) leave();
    await rig[Symbol.asyncDispose]();
  }, 60_000);

  it('is followed through the server while it goes on, with its steps, and stays until the run is removed', async () => {
    const { running, runId } = await start();
    const log = await read(`/api/v1/runs/${runId}/log`);
    expect(log.response.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-slipway-log-start': '0',
      'cache-control': 'no-store',
    });
    const events = await read(`/api/v1/runs/${runId}/events`);
    await vi.waitFor(() => expect(log.text()).toContain('first ***\n'), WAIT);
    expect(log.text()).not.toContain('last');
    const follower = rig.start(['runs', 'log', runId, '--follow']);
    await follower.waitFor('first ***');
    rig.write('gate', '');
    expect((await running.finished).exitCode).toBe(0);
    const followed = await follower.finished;
    if (!log.response.readableEnded) await once(log.response, 'end');
    if (!events.response.readableEnded) await once(events.response, 'end');
    expect(log.text()).toMatch(/\nlast\n[\s\S]*Step passed:[\s\S]*wait/);
    expect(log.text()).not.toContain(SECRET);
    expect(log.text()).toContain('\u001b[');
    expect([followed.exitCode, followed.stdout]).toEqual([0, log.text()]);
    const lines = events
      .text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const greeted = lines.find(
      ({ type, displayName }) => type === 'step-finished' && displayName === 'greet',
    );
    const begun = lines.find(({ type, displayName }) => type === 'step-started' && displayName === 'greet');
    const bytes = Buffer.from(log.text());
    expect(bytes.subarray(begun.logOffset, greeted.logOffset).toString()).toMatch(
      /Running step:.*\n(?:.*\n)*hello\n$/,
    );
    expect(lines.at(-1)).toMatchObject({ type: 'run-finished', runId, result: 'passed' });
    await vi.waitFor(() => expect(told()).toContainEqual({ kind: 'run', runId, result: 'passed' }), WAIT);

    const part = await ask(served.url, `/api/v1/runs/${runId}/log?start=${begun.logOffset}&follow=false`);
    expect(part.body.equals(bytes.subarray(begun.logOffset))).toBe(true);
    expect(part.headers).toMatchObject({
      'x-slipway-log-size': String(bytes.length),
      'x-slipway-log-ended': 'true',
      'content-length': String(bytes.length - begun.logOffset),
    });
    const record = JSON.parse((await ask(served.url, `/api/v1/runs/${runId}`)).text);
    const started = record.steps.find(
      ({ displayName }: { displayName: string }) => displayName === 'greet',
    ).startedAt;
    expect(Math.abs(started - begun.at)).toBeLessThan(1000);

    const printed = await rig.run(['runs', 'log', runId, '--follow']);
    expect([printed.exitCode, printed.stdout]).toEqual([0, log.text()]);
    const inJson = await rig.run(['runs', 'log', 'latest', '--output', 'json']);
    const pieces = inJson.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pieces[0]).toMatchObject({ type: 'run-log', runId });
    expect(pieces.map(({ text }) => text).join('')).toBe(log.text());

    expect((await rig.run(['runs', 'remove', runId, '--yes'])).exitCode).toBe(0);
    expect(await rig.run(['runs', 'log', runId])).toMatchObject({ exitCode: 1, stdout: '' });
    expect(existsSync(join(rig.dataFolder, 'run-logs', runId))).toBe(false);
    expect((await ask(served.url, `/api/v1/runs/${runId}/log`)).status).toBe(404);
  });

  it('is kept as far as it came where the run is killed, which pages are told', async () => {
    rmSync(join(rig.folder, 'gate'));
    const { running, runId } = await start();
    const log = await read(`/api/v1/runs/${runId}/log`);
    await vi.waitFor(() => expect(log.text()).toContain('first ***\n'), WAIT);
    running.process.kill('SIGKILL');
    await running.finished;
    if (!log.response.readableEnded) await once(log.response, 'end');
    expect(log.text()).toContain('first ***\n');
    await vi.waitFor(() => expect(told()).toContainEqual({ kind: 'run', runId, result: 'lost' }), WAIT);
    rig.write('gate', '');
    expect((await rig.run(['clean'])).exitCode).toBe(0);
  });

  it.each([
    ['start=x', 400],
    ['follow=maybe', 400],
    ['start=-1', 400],
    ['', 404],
  ])('is refused where it makes no sense: %s', async (query, status) => {
    const { text } = await ask(served.url, '/api/v1/runs?limit=1');
    const [{ runId } = { runId: 'none' }] = JSON.parse(text).runs;
    const asked = query === '' ? 'no-such-run' : runId;
    expect((await ask(served.url, `/api/v1/runs/${asked}/log?${query}`)).status).toBe(status);
  });
});
