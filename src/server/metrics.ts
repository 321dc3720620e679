import type { Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DownloadMeter } from '../download/index.ts';

/** An answer that has ended, or whose other side has gone. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern or its name, never what was asked for: names from outside would be without number. */
  readonly route: string;
  /** `cut`: the other side was gone before the answer's end. */
  readonly status: number | 'cut';
  readonly seconds: number;
}

/** What one server counts. Servers of one process share none of it. */
export interface ServerMetrics {
  /** For more metrics of a part; their names begin with `slipway_`. */
  readonly registry: Registry;
  readonly downloads: DownloadMeter;
  answered(request: AnsweredRequest): void;
  /** The same of a GET that was answered with 200 out of memory, before anything else was done for it. */
  answeredAtOnce(route: string): void;
  /** A connection was closed at once, since there were too many. */
  dropped(): void;
  /** What came was no request. */
  unreadable(status: number): void;
  /** Says from now on how many connections a server has. */
  watch(server: Server): void;
}

// From what a memory answers to what a slow line takes for an archive.
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800];

/** Makes the metrics of a server. */
export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
  const atOnce = new Map<string, number>();
  const requests = new Counter({
    name: 'slipway_http_requests_total',
    help: 'Requests that were answered, by route and status; cut: the other side left first',
    labelNames: ['method', 'route', 'status'],
    registers,
    collect() {
      for (const [route, count] of atOnce) this.inc({ method: 'GET', route, status: 200 }, count);
      atOnce.clear();
    },
  });
  const durations = new Histogram({
    name: 'slipway_http_request_duration_seconds',
    help: "From a request's headers to the end of its answer",
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const dropped = new Counter({
    name: 'slipway_http_dropped_connections_total',
    help: 'Connections that were closed at once because too many were open',
    registers,
  });
  const unreadable = new Counter({
    name: 'slipway_http_unreadable_requests_total',
    help: 'What came and was no request, or came too slowly, by the status that it was answered with',
    labelNames: ['status'],
    registers,
  });
  return {
    registry,
    downloads: createDownloadMeter(registry),
    answered({ method, route, status, seconds }) {
      requests.inc({ method, route, status });
      durations.observe({ route }, seconds);
    },
    // Labels are looked up when somebody scrapes: these are many, and done in microseconds.
    answeredAtOnce: (route) => void atOnce.set(route, (atOnce.get(route) ?? 0) + 1),
    dropped: () => dropped.inc(),
    unreadable: (status) => unreadable.inc({ status }),
    watch: (server) => watchConnections(registry, server),
  };
}

function createDownloadMeter(registry: Registry): DownloadMeter {
  const registers = [registry];
  const active = new Gauge({
    name: 'slipway_downloads_active',
    help: 'Downloads that go on',
    labelNames: ['source'],
    registers,
  });
  const ended = new Counter({
    name: 'slipway_downloads_total',
    help: 'Downloads that have ended: complete, cut (the other side left), failed',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const bytes = new Counter({
    name: 'slipway_download_bytes_total',
    help: 'Bytes of downloads that were sent, ended or not complete',
    labelNames: ['source'],
    registers,
  });
  return {
    begin(source) {
      active.inc({ source });
      return (outcome) => {
        active.dec({ source });
        ended.inc({ source, outcome: outcome?.end ?? 'failed' });
        bytes.inc({ source }, outcome?.sentBytes ?? 0);
      };
    },
  };
}

function watchConnections(registry: Registry, server: Server): void {
  const count = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, found) => resolve(found ?? 0)));
  registry.registerMetric(
    new Gauge({
      name: 'slipway_http_open_connections',
      help: 'Connections that are open, idle ones too',
      registers: [],
      async collect() {
        this.set(await count());
      },
    }),
  );
}
