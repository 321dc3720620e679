import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { Build } from '../builder/index.ts';
import { createBuilderMetrics } from './builder-metrics.ts';

const BUILD: Build = {
  id: 'a',
  jobName: 'build-alice-a',
  key: 'k',
  user: 'alice',
  source: 's',
  target: { repository: 'alice', tag: 't' },
  kind: 'nodejs',
  state: 'failed',
  reason: 'requirement-failed',
  attempts: 1,
  createdAt: 0,
  startedAt: 1000,
  endedAt: 4000,
};

it('counts builds, without a name that comes from outside', async () => {
  const registry = new Registry();
  const { events, watch } = createBuilderMetrics(registry);
  let counts: Promise<{ queued: number; running: number }> = Promise.resolve({ queued: 3, running: 2 });
  watch({ counts: () => counts });
  events.onStarted?.({ ...BUILD, state: 'queued' });
  events.onStarted?.({ ...BUILD, state: 'succeeded' });
  events.onBegun?.(BUILD, 2000);
  events.onEnded?.(BUILD);
  const image = { reference: 'r', digest: 'd', addedBytes: 7 };
  const { reason: _, ...passed } = BUILD;
  events.onEnded?.({ ...passed, state: 'succeeded', image });
  const text = await registry.metrics();
  for (const line of [
    'slipway_builds_started_total{outcome="queued"} 1',
    'slipway_builds_started_total{outcome="reused"} 1',
    'slipway_builds_queued_seconds_sum 2',
    'slipway_builds_ended_total{state="failed",reason="requirement-failed",kind="nodejs"} 1',
    'slipway_builds_ended_total{state="succeeded",reason="",kind="nodejs"} 1',
    'slipway_builds_duration_seconds_sum{state="failed"} 3',
    'slipway_builds_added_bytes_total 7',
    'slipway_builds_queued 3',
    'slipway_builds_running 2',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('alice');
  counts = Promise.reject(new Error('the database is away'));
  counts.catch(() => {});
  expect(await registry.metrics()).toContain('slipway_builds_queued Nan');
});
