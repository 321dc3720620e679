import { expect, it } from 'vitest';
import { startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import type { Build } from '../builder/index.ts';
import { openTelemetry } from '../telemetry/index.ts';
import { traceBuilds } from './trace-builds.ts';

const BUILD: Build = {
  id: 'b-1',
  jobName: 'build-alice-a',
  key: 'k',
  user: 'alice',
  source: 's',
  target: { repository: 'alice', tag: 't' },
  kind: 'nodejs',
  state: 'failed',
  reason: 'requirement-failed',
  message: 'npm said no',
  attempts: 1,
  createdAt: 0,
  startedAt: 1_700_000_000_000,
  endedAt: 1_700_000_004_000,
};

it('builds that a server ended are spans, and the events go where they went', async () => {
  await using receiver = await startOtlpReceiver();
  const ended: string[] = [];
  {
    await using telemetry = await openTelemetry({
      service: 's',
      version: '1',
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      onTrouble: (message) => expect.unreachable(message),
    });
    const events = traceBuilds({ onEnded: ({ id }) => void ended.push(id) }, telemetry);
    events.onEnded?.(BUILD);
    const { startedAt: _, ...never } = BUILD;
    events.onEnded?.({ ...never, id: 'b-2', state: 'cancelled' });
  }
  expect(ended).toEqual(['b-1', 'b-2']);
  expect(receiver.spans).toMatchObject([
    {
      name: 'image build',
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000004000000000',
      status: { code: 2, message: 'npm said no' },
      attributes: { 'slipway.build_id': 'b-1', 'slipway.state': 'failed', 'slipway.user': 'alice' },
    },
  ]);
});
