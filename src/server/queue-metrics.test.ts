import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createQueueMetrics } from './queue-metrics.ts';

describe('the metrics of a queue', () => {
  it('have in one answer what is pending and claimed at that moment', async () => {
    const registry = new Registry();
    let round = 0;
    createQueueMetrics(registry).watch({
      taskQueues: () =>
        Promise.resolve({
          items: [
            {
              taskQueueId: 'local/docker',
              stability: 'stable',
              description: '',
              expires: '',
              lastDateActive: '',
            },
          ],
        }),
      counts: () => {
        round += 1;
        return Promise.resolve({ pending: round * 10, claimed: round });
      },
    });

    for (const expected of [1, 2]) {
      const text = await registry.metrics();
      expect(text).toContain(`slipway_queue_claimed_runs{queue="local/docker"} ${expected}\n`);
      expect(text).toContain(`slipway_queue_pending_runs{queue="local/docker"} ${expected * 10}\n`);
    }
  });

  it('have no numbers while the database is away', async () => {
    const registry = new Registry();
    createQueueMetrics(registry).watch({
      taskQueues: () => Promise.reject(new Error('away')),
      counts: () => Promise.reject(new Error('away')),
    });

    expect(await registry.metrics()).not.toContain('queue="');
  });
});
