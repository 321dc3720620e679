import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createProjectMetrics } from './project-metrics.ts';

it('counts runs by project, and those beyond the first two hundred projects together', async () => {
  const registry = new Registry();
  const count = createProjectMetrics(registry);
  for (let i = 0; i < 205; i += 1)
    count({ project: `p${i}`, outcome: i % 2 === 0 ? 'passed' : 'failed', seconds: 1.5, bytes: 10 });
  count({ project: 'p0', outcome: 'exception', seconds: 0.5, bytes: 0 });
  const text = await registry.metrics();
  for (const line of [
    'slipway_project_runs_total{project="p0",outcome="passed"} 1',
    'slipway_project_runs_total{project="p0",outcome="exception"} 1',
    'slipway_project_run_seconds_total{project="p0"} 2',
    'slipway_project_stored_bytes_total{project="p199"} 10',
    'slipway_project_runs_total{project="other",outcome="passed"} 3',
    'slipway_project_stored_bytes_total{project="other"} 50',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('"p200"');
});
