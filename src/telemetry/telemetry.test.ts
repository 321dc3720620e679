import { expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import type { RunEvent, RunEventBody } from '../kernel/index.ts';
import { openTelemetry, type TelemetryOptions } from './open-telemetry.ts';
import { readTelemetrySettings } from './settings.ts';
import { NO_SPAN, NO_TELEMETRY } from './telemetry.ts';
import { traceRuns } from './trace-runs.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

async function open(receiver: Pick<OtlpReceiver, 'url'>, environment: TelemetryOptions['environment'] = {}) {
  const troubles: string[] = [];
  const telemetry = await openTelemetry({
    service: 'slipway-test',
    version: '1.2.3',
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...environment,
    },
    onTrouble: (message) => void troubles.push(message),
  });
  return Object.assign(telemetry, { troubles });
}

it('sends spans with their parents, facts and times', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = await open(receiver, {
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b,other=2',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=no',
      OTEL_SERVICE_NAME: 'mine',
    });
    const span = telemetry.start('work', {
      kind: 'server',
      parent: PARENT,
      facts: { a: 1, none: undefined },
    });
    expect(span.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect(await span.during('good', async () => 7)).toBe(7);
    await expect(span.during('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    span.part('later', { startedAt: 1000 }).end(3000);
    span.end();
  }
  const byName = new Map(receiver.spans.map((span) => [span.name, span]));
  const work = byName.get('work');
  expect(work).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
    kind: 2,
    attributes: { a: 1 },
    resource: { 'service.name': 'mine', 'service.version': '1.2.3', 'deployment.environment.name': 'test' },
  });
  for (const name of ['good', 'bad', 'later'])
    expect(byName.get(name)).toMatchObject({ parentSpanId: work?.spanId, traceId: work?.traceId });
  expect(byName.get('bad')?.status).toEqual({ code: 2, message: 'no' });
  expect(byName.get('later')).toMatchObject({
    startTimeUnixNano: '1000000000',
    endTimeUnixNano: '3000000000',
  });
  const [request] = receiver.requests;
  expect(request?.path).toBe('/v1/traces');
  expect(request?.headers).toMatchObject({ 'api-key': 'a b', other: '2', 'content-encoding': 'gzip' });
});

it('sends protobuf where nothing else is said', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = await open(receiver, { OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    telemetry.start('work').end();
  }
  expect(receiver.requests.map(({ headers }) => headers['content-type'])).toEqual(['application/x-protobuf']);
});

it('begins a trace of its own where a parent cannot be read', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = await open(receiver);
    for (const parent of ['', 'nonsense', `${PARENT}\r\nx: y`, PARENT.replaceAll(/[1-9a-f]/g, '0')])
      telemetry.start('work', { parent }).end();
  }
  expect(receiver.spans.map(({ parentSpanId }) => parentSpanId ?? '')).toEqual(['', '', '', '']);
});

it.each([
  ['refuses', 400, /the endpoint answered 400/],
  ['is away for a while', 503, /the endpoint answered 503/],
  ['never answers', undefined, /did not answer in time/],
] as const)('fails nothing when the endpoint %s, and says so once', async (_, status, message) => {
  await using receiver = await startOtlpReceiver();
  receiver.answer(status);
  const telemetry = await open(receiver, {
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
  });
  for (let i = 0; i < 5; i += 1) telemetry.start(`work ${i}`).end();
  await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await telemetry[Symbol.asyncDispose]();
  await expect.poll(() => telemetry.troubles, { timeout: 20_000 }).toEqual([expect.stringMatching(message)]);
});

it('says that nobody is there', async () => {
  await using receiver = await startOtlpReceiver();
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  const telemetry = await open({ url });
  telemetry.start('work').end();
  await telemetry[Symbol.asyncDispose]();
  expect(telemetry.troubles).toEqual([
    expect.stringMatching(/^spans could not be sent to 127.*ECONNREFUSED/),
  ]);
});

it('keeps no more spans than its queue has room for', async () => {
  await using receiver = await startOtlpReceiver();
  receiver.answer(undefined);
  const telemetry = await open(receiver, { OTEL_BSP_MAX_QUEUE_SIZE: '10' });
  for (let i = 0; i < 100; i += 1) telemetry.start(`work ${i}`).end();
  receiver.answer(200);
  await telemetry[Symbol.asyncDispose]();
  expect(receiver.spans.length).toBeLessThanOrEqual(20); // what was on its way, and the queue
  expect(receiver.spans.length).toBeGreaterThan(0);
});

it.each([
  ['no endpoint', {}],
  ['nothing in it', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['all of it disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'True' }],
  ['no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' }],
])('does nothing with %s', async (_, environment) => {
  const onTrouble = (): void => expect.unreachable();
  const options = { service: 's', version: '1', environment, onTrouble };
  expect(await openTelemetry(options)).toBe(NO_TELEMETRY);
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x' }, /is no web address/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /"grpc": expected http/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_TRACES_EXPORTER: 'zipkin' }, /"zipkin": expected otlp/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere' }, /nowhere/],
])('says why nothing is traced with %o', async (environment, message) => {
  const troubles: string[] = [];
  const onTrouble = (text: string): void => void troubles.push(text);
  expect(await openTelemetry({ service: 's', version: '1', environment, onTrouble })).toBe(NO_TELEMETRY);
  expect(troubles).toEqual([expect.stringMatching(message)]);
});

it('lets what is for traces alone go before what is for all', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318/base/',
    OTEL_EXPORTER_OTLP_TIMEOUT: '5',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '7',
  };
  expect(readTelemetrySettings(environment)).toMatchObject({
    url: 'http://all:4318/base/v1/traces',
    timeoutMs: 7,
  });
  const own = { ...environment, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://one/x' };
  expect(readTelemetrySettings(own)).toMatchObject({ url: 'http://one/x' });
});

it('sends the share of traces that the sampler is for, and of others all or none as their parent says', async () => {
  await using receiver = await startOtlpReceiver();
  {
    const sampler = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
    await using telemetry = await open(receiver, sampler);
    telemetry.start('dropped').end();
    telemetry.start('kept', { parent: PARENT }).end();
    telemetry.start('dropped', { parent: PARENT.replace(/1$/, '0') }).end();
  }
  expect(receiver.spans.map(({ name }) => name)).toEqual(['kept']);
});

it('makes spans of a run, its phases and its steps', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = await open(receiver);
    const { see } = traceRuns((name, options) => telemetry.start(name, { ...options, parent: PARENT }));
    const tell = (...bodies: readonly object[]): void => {
      for (const body of bodies) see({ runId: 'r1', ...(body as RunEventBody) } as RunEvent);
    };
    const step = { safeId: 's1', displayName: 'unit tests', phase: 'main' };
    tell(
      {
        type: 'run-started',
        at: 1000,
        pipeline: 'build',
        kind: 'build',
        application: { id: 'a', name: 'app' },
      },
      { type: 'phase-started', at: 1000, phase: 'setup environment' },
      { type: 'phase-finished', at: 2000, phase: 'setup environment', result: 'passed', durationMs: 1000 },
      { type: 'step-started', at: 2000, ...step, index: 1, count: 1 },
      { type: 'step-finished', at: 4000, ...step, result: 'failed', exitCode: 3, message: 'it broke' },
      { type: 'run-finished', at: 5000, result: 'failed', durationMs: 4000, message: 'a step failed' },
    );
  }
  const [phase, step, run] = receiver.spans;
  expect(run).toMatchObject({
    name: 'run build',
    parentSpanId: '00f067aa0ba902b7',
    endTimeUnixNano: '5000000000',
    status: { code: 2, message: 'a step failed' },
    attributes: { 'slipway.run_id': 'r1', 'slipway.application': 'app', 'slipway.result': 'failed' },
  });
  expect(phase).toMatchObject({ name: 'setup environment', parentSpanId: run?.spanId, status: { code: 0 } });
  expect(step).toMatchObject({
    name: 'step unit tests',
    parentSpanId: run?.spanId,
    startTimeUnixNano: '2000000000',
    attributes: { 'slipway.step': 's1', 'process.exit.code': 3 },
    status: { code: 2, message: 'it broke' },
  });
});

it('costs nothing where nothing is traced', async () => {
  expect(NO_TELEMETRY.start('work')).toBe(NO_SPAN);
  expect(NO_SPAN.part('part').traceparent).toBeUndefined();
  expect(await NO_SPAN.during('part', async () => 1)).toBe(1);
});
