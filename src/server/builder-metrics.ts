import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BuildCounts, Builder, BuilderEvents } from '../builder/index.ts';
import { askedForScrape } from './asked-for-scrape.ts';

/** What is counted of an image builder. */
export interface BuilderMetrics {
  readonly events: BuilderEvents;
  /** Says from now on how many builds wait and run. */
  watch(builder: Pick<Builder, 'counts'>): void;
}

// From an image that is there already to one of many packages.
const SECONDS = [0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 1800, 3600];

/** Makes the metrics of an image builder. */
export function createBuilderMetrics(registry: Registry): BuilderMetrics {
  const registers = [registry];
  const started = new Counter({
    name: 'slipway_builds_started_total',
    help: 'Builds that this server was asked for; reused: the image was there',
    labelNames: ['outcome'],
    registers,
  });
  const waits = new Histogram({
    name: 'slipway_builds_queued_seconds',
    help: 'How long builds waited before a server began with them',
    buckets: SECONDS,
    registers,
  });
  const ended = new Counter({
    name: 'slipway_builds_ended_total',
    help: 'Builds that this server ended, by state, reason and kind',
    labelNames: ['state', 'reason', 'kind'],
    registers,
  });
  const durations = new Histogram({
    name: 'slipway_builds_duration_seconds',
    help: 'How long builds took from their begin to their end',
    labelNames: ['state'],
    buckets: SECONDS,
    registers,
  });
  const bytes = new Counter({
    name: 'slipway_builds_added_bytes_total',
    help: 'Bytes of the layers that builds added to their sources',
    registers,
  });
  return {
    events: {
      onStarted: ({ state }) => started.inc({ outcome: state === 'succeeded' ? 'reused' : 'queued' }),
      onBegun: (_build, waitedMs) => waits.observe(waitedMs / 1000),
      onEnded({ state, reason = '', kind = '', startedAt, endedAt, image }) {
        ended.inc({ state, reason, kind });
        if (startedAt !== undefined && endedAt !== undefined)
          durations.observe({ state }, (endedAt - startedAt) / 1000);
        bytes.inc(image?.addedBytes ?? 0);
      },
    },
    watch: (builder) => watchCounts(registry, builder),
  };
}

function watchCounts(registry: Registry, builder: Pick<Builder, 'counts'>): void {
  const counts = askedForScrape(() => builder.counts()); // both are collected at once
  const gauge = (name: string, help: string, count: keyof BuildCounts): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set((await counts())?.[count] ?? Number.NaN);
      },
    });
  gauge('slipway_builds_running', 'Builds that go on, on all servers of the database', 'running');
  gauge('slipway_builds_queued', 'Builds that wait for a server', 'queued');
}
