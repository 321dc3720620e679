import { expect, it } from 'vitest';
import { startOtlpReceiver } from '../../../test/support/otlp-receiver.ts';
import type { Claim } from '../../queue-api/index.ts';
import { openTelemetry } from '../../telemetry/index.ts';
import { TEST_IDENTITY } from '../testing/settings.ts';
import { endRunSpan, runSpan } from './run-span.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const claim = (extra: object): Claim =>
  ({
    status: { taskId: 'a-task' },
    runId: 2,
    task: { extra, projectId: 'shop', metadata: { name: 'unit tests' } },
  }) as unknown as Claim; // all that is looked at

it('a run is a span, a part of the trace that its definition names, and ended as it ended', async () => {
  await using receiver = await startOtlpReceiver();
  {
    await using telemetry = await openTelemetry({
      service: 'slipway-worker',
      version: '1',
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      onTrouble: (message) => expect.unreachable(message),
    });
    const scope = { telemetry, identity: TEST_IDENTITY };
    const known = runSpan(claim({ traceparent: PARENT }), scope);
    await known.during('image', async () => undefined);
    endRunSpan(known, { type: 'exception', reason: 'worker-shutdown' });
    endRunSpan(runSpan(claim({ traceparent: 7 }), scope), { type: 'completed' });
  }
  const [image, known, own] = receiver.spans;
  expect(known).toMatchObject({
    name: 'task run',
    kind: 5,
    traceId: PARENT.slice(3, 35),
    parentSpanId: PARENT.slice(36, 52),
    status: { code: 2, message: 'worker-shutdown' },
    attributes: {
      'slipway.task_id': 'a-task',
      'slipway.run_id': 2,
      'slipway.project_id': 'shop',
      'slipway.resolution': 'worker-shutdown',
    },
  });
  expect(image).toMatchObject({ name: 'image', parentSpanId: known?.spanId });
  expect(own).toMatchObject({ status: { code: 0 }, attributes: { 'slipway.resolution': 'completed' } });
  expect(own?.parentSpanId ?? '').toBe('');
});
