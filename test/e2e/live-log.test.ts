import { describe, expect, it } from 'vitest';
import { readLog, sendLog } from '../../src/queue/own-routes/testing/log-clients.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { ask } from '../support/ask.ts';
import { serve } from '../support/download-server.ts';
import { createRig } from '../support/rig.ts';

const QUEUE = '/api/queue/v1';
const OWN = '/api/slipway/v1';
const LIVE = 'public%2Flogs%2Flive.log';
const json = { 'content-type': 'application/json' };
const later = (): string => new Date(Date.now() + 3_600_000).toISOString();

async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, never>> {
  const init = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const answer = await fetch(url + path, { method, redirect: 'manual', ...init });
  const text = await answer.text();
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** A task whose run 0 is somebody's. */
async function claimed(url: string): Promise<string> {
  const taskId = newTaskId();
  await call(url, 'PUT', `${QUEUE}/task/${taskId}`, {
    taskQueueId: 'test/docker',
    created: new Date().toISOString(),
    deadline: later(),
    payload: {},
    metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  });
  await call(url, 'POST', `${QUEUE}/claim-work/test%2Fdocker`, { workerGroup: 'g', workerId: 'w' });
  return taskId;
}

describe('a live log', { timeout: 120_000 }, () => {
  it('goes on after the server was killed, and leads to the stored log when the run has ended', async () => {
    await using rig = createRig();
    const first = await serve(rig, ['server', '--port', '0']);
    const taskId = await claimed(first.url);
    const run = `/task/${taskId}/runs/0`;
    const sending = sendLog(`${first.url}${OWN}${run}/log/${LIVE}`);
    sending.write('before the kill\n');
    const reader = await readLog(`${first.url}${OWN}${run}/log/${LIVE}`);
    await reader.has('before the kill\n');
    first.running.process.kill('SIGKILL');
    await expect(reader.done).rejects.toThrow();
    await sending.cut;

    const { url } = await serve(rig, ['server', '--port', '0']);
    const log = `${url}${OWN}${run}/log/${LIVE}`;
    const resumed = await readLog(`${log}?start=${reader.text.length}`);
    const again = sendLog(`${log}?offset=7`); // as far as its sender knows
    again.write('the kill\nafter it\n');
    await resumed.has('after it\n');
    const { json: sent } = await again.end();
    expect(sent).toEqual({ sizeBytes: 'before the kill\nafter it\n'.length });

    const backing = `${QUEUE}${run}/artifacts/public%2Flogs%2Flive_backing.log`;
    const stored = { storageType: 's3', contentType: 'text/plain; charset=utf-8', expires: later() };
    const { putUrl = '' } = await call(url, 'POST', backing, stored);
    const headers = { 'content-type': stored.contentType };
    const put = await fetch(putUrl, { method: 'PUT', headers, body: 'before the kill\nafter it\n' });
    expect(put.status).toBe(200);
    await call(url, 'POST', `${QUEUE}${run}/artifacts/${LIVE}`, {
      storageType: 'link',
      artifact: 'public/logs/live_backing.log',
      expires: later(),
    });
    await call(url, 'POST', `${OWN}${run}/log/${LIVE}/end`);
    await resumed.done;
    await call(url, 'POST', `${QUEUE}${run}/completed`);
    await expect.poll(async () => (await ask(url, `${OWN}${run}/log/${LIVE}`)).status).toBe(303);
    expect(await (await fetch(log)).text()).toBe('before the kill\nafter it\n');
    expect(await (await fetch(`${url}${QUEUE}${run}/artifacts/${LIVE}`)).text()).toBe(
      'before the kill\nafter it\n',
    );
  });
});
