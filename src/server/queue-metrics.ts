import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Queue, QueueEvents, QueueMeter } from '../queue/index.ts';
import { askedForScrape } from './asked-for-scrape.ts';

/** What is counted of a queue. */
export interface QueueMetrics {
  readonly meter: QueueMeter;
  readonly events: QueueEvents;
  /** Says from now on how much is in its queues. */
  watch(queue: Pick<Queue, 'taskQueues' | 'counts'>): void;
}

// From a worker that waits already to a fleet that is too small.
const WAIT_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
// Names of queues come from outside: a scrape looks at no more of them, and has no more labels.
const MAX_QUEUES = 100;

/** Makes the metrics of a queue. */
export function createQueueMetrics(registry: Registry): QueueMetrics {
  const registers = [registry];
  const created = new Counter({
    name: 'slipway_queue_tasks_created_total',
    help: 'Tasks that this server was asked to create and acknowledged, repeats included',
    registers,
  });
  const claims = new Counter({
    name: 'slipway_queue_claims_total',
    help: 'Questions for work that were answered, with runs or with nothing',
    labelNames: ['outcome'],
    registers,
  });
  const claimed = new Counter({
    name: 'slipway_queue_runs_claimed_total',
    help: 'Runs that were given to workers',
    registers,
  });
  const waits = new Histogram({
    name: 'slipway_queue_pending_seconds',
    help: 'How long runs were pending before a worker got them',
    buckets: WAIT_SECONDS,
    registers,
  });
  const resolved = new Counter({
    name: 'slipway_queue_runs_resolved_total',
    help: 'Runs that ended, by state and reason',
    labelNames: ['state', 'reason'],
    registers,
  });
  return {
    meter: {
      created: () => created.inc(),
      claimed: (runs) => claims.inc({ outcome: runs === 0 ? 'nothing' : 'runs' }),
    },
    events: {
      onClaimed(_run, waitedMs) {
        claimed.inc();
        waits.observe(waitedMs / 1000);
      },
      onResolved: ({ state, reasonResolved = '' }) => resolved.inc({ state, reason: reasonResolved }),
    },
    watch: (queue) => watchCounts(registry, queue),
  };
}

function watchCounts(registry: Registry, queue: Pick<Queue, 'taskQueues' | 'counts'>): void {
  const counts = askedForScrape(() => countsOf(queue)); // both are collected at once
  const gauge = (name: string, help: string, count: 'claimed' | 'pending'): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers: [registry],
      async collect() {
        const found = (await counts()) ?? [];
        this.reset();
        for (const { taskQueueId, counts: of } of found) this.set({ queue: taskQueueId }, of[count]);
      },
    });
  gauge('slipway_queue_claimed_runs', 'Runs that a worker has, by queue', 'claimed');
  gauge(
    'slipway_queue_pending_runs',
    'Runs that wait for a worker, by queue; of the first hundred queues',
    'pending',
  );
}

async function countsOf(queue: Pick<Queue, 'taskQueues' | 'counts'>) {
  const { items } = await queue.taskQueues({ limit: MAX_QUEUES });
  return await Promise.all(
    items.map(async ({ taskQueueId }) => ({ taskQueueId, counts: await queue.counts(taskQueueId) })),
  );
}
