import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverMetrics } from '../../scripts/docs/metrics-tables.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { eventsSchema, jsonLines, mistakesIn } from '../support/json-lines.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, type Rig } from '../support/rig.ts';

const OBSERVABILITY = resolve(import.meta.dirname, '../../deploy/observability');
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const WORKER = { workerGroup: 'group', workerId: 'worker', tasks: 1 };

describe('a server that was asked for much', () => {
  let rig: Rig;
  let receiver: OtlpReceiver;
  let server: Served;
  let taskId: string;
  let queue: QueueClient;

  beforeAll(async () => {
    rig = createRig();
    receiver = await startOtlpReceiver();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    server = await serve(rig, ['server', '--port', '0', '--trust-proxy', '--debug'], { environment });
    queue = openQueueClient({ rootUrl: server.url });
    taskId = newTaskId();
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
    await receiver[Symbol.asyncDispose]();
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

  it('has exactly the metrics that its page names', async () => {
    const { text } = await ask(server.url, '/metrics');
    const there = Array.from(text.matchAll(/^# TYPE (\S+) (\w+)$/gm), ([, name, type]) => `${name} ${type}`);
    const named = (await serverMetrics()).map(({ name, type }) => `${name} ${type}`);
    const sorted = (list: readonly string[]) => list.toSorted((a, b) => (a < b ? -1 : 1));
    expect(sorted(there)).toEqual(sorted(named));
  });

  it('has what the alert rules and the dashboard look at', async () => {
    const page = readFileSync(resolve(OBSERVABILITY, '../../docs/metrics.md'), 'utf8');
    const known = new Set(Array.from(page.matchAll(/^\| `(slipway_\w+)` \| (\w+)/gm), ([, name]) => name));
    const files = ['alerts.yml', 'alerts.test.yml', 'dashboard.json'];
    for (const file of files) {
      const text = readFileSync(join(OBSERVABILITY, file), 'utf8');
      const used = Array.from(text.matchAll(/\bslipway_\w+/g), ([name]) =>
        name.replace(/_(?:bucket|sum|count)$/, ''),
      );
      expect(used.length, file).toBeGreaterThan(5);
      expect(
        used.filter((name) => !known.has(name)),
        file,
      ).toEqual([]);
    }
    const { text } = await ask(server.url, '/metrics');
    const labels = /slipway_http_requests_total\{([^}]*)\}/.exec(text)?.[1] ?? '';
    for (const label of ['status=', 'route=', 'method=']) expect(labels).toContain(label);
  });

  it('is answered with exposition that promtool takes, and its rules are what promtool tries', () => {
    const promtool = (...words: string[]): string =>
      execFileSync('promtool', words, { cwd: OBSERVABILITY, encoding: 'utf8', stdio: 'pipe' });
    expect(promtool('check', 'rules', 'alerts.yml')).toMatch(/SUCCESS: \d\d rules found/);
    expect(promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('is valid prometheus config');
  });

  it('has figures in the form that promtool asks for', async () => {
    const { text } = await ask(server.url, '/metrics');
    const own = text
      .split('\n')
      .filter((line) => !/slipway_(?:nodejs|process)_/.test(line)) // names of the library's
      .join('\n');
    expect(() =>
      execFileSync('promtool', ['check', 'metrics'], { input: `${own}\n`, encoding: 'utf8', stdio: 'pipe' }),
    ).not.toThrow();
  });

  it('logs requests with their ids and with the task and run that they are about', async () => {
    const headers = { 'x-request-id': 'from-the-proxy', traceparent: PARENT };
    const answer = await fetch(`${server.url}/api/queue/v1/task/${taskId}/runs/0/artifacts`, { headers });
    expect(answer.headers.get('x-request-id')).toBe('from-the-proxy');
    await expect
      .poll(() => server.log(), { timeout: 20_000 })
      .toContainEqual(
        expect.objectContaining({
          msg: 'request',
          reqId: 'from-the-proxy',
          call: 'queue.listArtifacts',
          taskId,
          runId: 0,
          status: 200,
        }),
      );
  });

  it('sends spans of requests, by their routes and with the trace that they are a part of', async () => {
    const find = () =>
      receiver.spans.find(({ attributes }) => attributes['slipway.request_id'] === 'from-the-proxy');
    await expect.poll(find, { timeout: 20_000 }).toMatchObject({
      name: 'GET /api/queue/v1/task/:taskId/runs/:runId/artifacts',
      kind: 2,
      traceId: PARENT.slice(3, 35),
      parentSpanId: PARENT.slice(36, 52),
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'slipway.call': 'queue.listArtifacts',
        'slipway.task_id': taskId,
        'slipway.run_id': 0,
      },
      resource: { 'service.name': 'slipway-server' },
    });
    expect(receiver.spans.filter(({ name }) => name.includes('metrics'))).toEqual([]);
    expect(receiver.spans.filter(({ name }) => name.includes(taskId))).toEqual([]);
  });

  it('gives a task the trace that a script is a part of', async () => {
    const words = ['task', 'create', '--image', 'busybox', '--output', 'json', '--root-url', server.url];
    const created = await rig.run([...words, '--', 'true'], { environment: { TRACEPARENT: PARENT } });
    const [line] = jsonLines(created);
    expect(await queue.task(String(line?.['taskId']))).toMatchObject({ extra: { traceparent: PARENT } });
  });
});

describe('a run on a laptop', () => {
  const FILE = pipelineFile({ steps: ['echo hello'] });

  it('is a part of the trace of the script that started it, down to its steps', async () => {
    await using rig = createRig(FILE);
    await using receiver = await startOtlpReceiver();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      TRACEPARENT: PARENT,
    };
    expect((await rig.run(['build'], { environment })).exitCode).toBe(0);
    const run = receiver.spans.find(({ name }) => name === 'run build');
    expect(run).toMatchObject({
      parentSpanId: PARENT.slice(36, 52),
      attributes: { 'slipway.result': 'passed' },
    });
    const parts = receiver.spans.filter(({ parentSpanId }) => parentSpanId === run?.spanId);
    expect(parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['setup environment', expect.stringMatching(/^step /)]),
    );
  });

  it('ends as ever where the endpoint is away or hangs, and says so', async () => {
    await using rig = createRig(FILE);
    await using receiver = await startOtlpReceiver();
    receiver.answer(undefined);
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    expect(await rig.run(['build'], { environment })).toMatchObject({ exitCode: 0 });
    const away = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const finished = await rig.run(['build'], { environment: away });
    expect(finished.exitCode).toBe(0);
    expect(finished.stderr).toContain('spans could not be sent to 127.0.0.1:9');
  });
});
