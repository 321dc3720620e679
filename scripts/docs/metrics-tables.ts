import type { Registry } from 'prom-client';
import {
  createBuilderMetrics,
  createCacheMeter,
  createProjectMetrics,
  createQueueMetrics,
  createServerMetrics,
  watchCacheSize,
} from '../../src/server/index.ts';
import { createWorkerMetrics } from '../../src/worker/index.ts';
import { cell, code, sentence, table } from './markdown.ts';

/** One metric, as it is exposed. */
interface ShownMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

interface MetricFacts {
  readonly labelNames: readonly string[];
}

/** Every metric of a server, made as a server makes them. */
export async function serverMetrics(): Promise<readonly ShownMetric[]> {
  const { registry, watch } = createServerMetrics();
  const queue = createQueueMetrics(registry);
  const builder = createBuilderMetrics(registry);
  createCacheMeter(registry);
  createProjectMetrics(registry);
  watchCacheSize(registry, async () => ({}));
  const { createServer } = await import('node:http');
  watch(createServer());
  queue.watch({ taskQueues: async () => ({ items: [] }), counts: async () => ({ pending: 0, claimed: 0 }) });
  builder.watch({ counts: async () => ({ queued: 0, running: 0 }) });
  return await shown(registry);
}

async function shown(registry: Registry): Promise<readonly ShownMetric[]> {
  const all = await registry.getMetricsAsJSON();
  return all
    .map(({ name, help, type }) => ({ name, help, type: String(type), labels: labelsOf(registry, name) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every metric has its labels; the library's types do not say so. */
const labelsOf = (registry: Registry, name: string): readonly string[] =>
  (registry.getSingleMetric(name) as unknown as MetricFacts | undefined)?.labelNames ?? [];

/** What a worker's text says: its registry is its own. */
async function workerMetrics(): Promise<readonly ShownMetric[]> {
  const { text } = await (await createWorkerMetrics(() => undefined)).render();
  const found = Array.from(text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)$/gm));
  return found
    .map(([, name = '', help = '', type = '']) => ({ name, help, type, labels: [] }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const isProcess = ({ name }: ShownMetric): boolean => /^slipway_(?:nodejs|process)_/.test(name);

/** The tables of `docs/metrics.md`. */
export async function metricsTables(): Promise<string> {
  const server = await serverMetrics();
  const parts: [title: string, metrics: readonly ShownMetric[]][] = [
    ['A server', server.filter((metric) => !isProcess(metric))],
    ['The process of a server', server.filter(isProcess)],
    ['A worker', await workerMetrics()],
  ];
  return parts.map(([title, metrics]) => `### ${title}\n\n${metricTable(metrics)}`).join('\n\n');
}

function metricTable(metrics: readonly ShownMetric[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.map(code).join(', '),
    cell(sentence(help)),
  ]);
  return table(['metric', 'type', 'labels', 'what it is'], rows);
}
