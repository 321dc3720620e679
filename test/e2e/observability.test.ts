import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { eventsSchema, jsonLines, mistakesIn } from '../support/json-lines.ts';
import { createRig, type Rig } from '../support/rig.ts';

const WORKER = { workerGroup: 'group', workerId: 'worker', tasks: 1 };

describe('a server that was asked for much', () => {
  let rig: Rig;
  let server: Served;
  let queue: QueueClient;

  beforeAll(async () => {
    rig = createRig();
    server = await serve(rig, ['server', '--port', '0']);
    queue = openQueueClient({ rootUrl: server.url });
    const taskId = newTaskId();
    await queue.createTask(taskId, {
      taskQueueId: 'test/docker',
      projectId: 'shop',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      payload: {},
      metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
    });
    await queue.claimWork('test/docker', WORKER);
    const expires = new Date(Date.now() + 600_000).toISOString();
    const artifact = { storageType: 's3', contentType: 'text/plain', expires } as const;
    const answer = await queue.createArtifact(taskId, 0, 'public/out.txt', artifact);
    const headers = { 'content-type': 'text/plain' };
    const { putUrl = '' } = answer as { readonly putUrl?: string };
    expect((await fetch(putUrl, { method: 'PUT', headers, body: 'twelve bytes' })).status).toBe(200);
    await queue.reportCompleted(taskId, 0);
  });
  afterAll(async () => {
    await queue[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  it('says what each project used: over HTTP, as a command and as metrics', async () => {
    const found = { project: 'shop', runs: 1, failedRuns: 0, minutes: expect.any(Number), bytes: 12 };
    expect(await queue.usage({})).toMatchObject({ projects: [found] });
    expect((await queue.usage({ from: '2020-01-01', to: '2020-12-31' })).projects).toEqual([]);
    await expect(queue.usage({ from: '2020-02-31' })).rejects.toThrow(/expected a day/);
    const root = ['--root-url', server.url];
    const listed = await rig.run(['usage', '--output', 'json', ...root]);
    expect(mistakesIn(eventsSchema(), jsonLines(listed))).toEqual([]);
    expect(jsonLines(listed)).toMatchObject([{ type: 'usage', ...found }]);
    const table = await rig.run(['usage', ...root]);
    expect(table.stdout).toMatch(/^PROJECT +RUNS +FAILED +MINUTES +STORED\nshop +1 +0 +0\.0 +12 B\n$/);
    const none = await rig.run(['usage', '--from', '2020-01-01', '--to', '2020-01-02', ...root]);
    expect(none.stderr).toBe('Nothing ran from 2020-01-01T00:00:00.000Z to 2020-01-03T00:00:00.000Z.\n');
    const { text } = await ask(server.url, '/metrics');
    expect(text).toContain('slipway_project_runs_total{project="shop",outcome="passed"} 1');
    expect(text).toContain('slipway_project_stored_bytes_total{project="shop"} 12');
  });
});
