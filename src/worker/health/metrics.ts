import type { Registry } from 'prom-client';
import type { WorkerRecordWriter } from '../task/task-context.ts';

/** Figures of a worker, in the form that Prometheus reads. */
export interface WorkerMetrics {
  /** Takes a record of the worker's own log. */
  readonly onRecord: WorkerRecordWriter;
  /** The text, and its content type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface MetricsSource {
  readonly capacity: number;
  readonly running: number;
  readonly isWell: boolean;
}

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

/** @param source - asked when somebody reads the figures; `undefined` while the worker starts */
export async function createWorkerMetrics(source: () => MetricsSource | undefined): Promise<WorkerMetrics> {
  // Loaded here: few workers are asked for figures.
  const { Registry, Gauge, Counter, Histogram } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: (from: MetricsSource) => number): void => {
    const made = new Gauge({
      name: `slipway_worker_${name}`,
      help,
      registers,
      collect() {
        const from = source();
        if (from !== undefined) this.set(value(from));
      },
    });
    made.set(0);
  };
  gauge('capacity', 'Tasks that may run at once.', ({ capacity }) => capacity);
  gauge('running', 'Tasks that run now.', ({ running }) => running);
  gauge('healthy', '1 while engine and disk allow to claim.', ({ isWell }) => (isWell ? 1 : 0));
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `slipway_worker_${name}`, help, labelNames, registers });
  const claims = counter('claims_total', 'Runs that were claimed.');
  const claimErrors = counter('claim_errors_total', 'Claims that did not work.');
  const resolved = counter('resolved_total', 'Runs that were reported, by how they ended.', ['resolution']);
  const lost = counter('lost_total', 'Runs that somebody else had resolved, or whose claim lapsed.');
  const bytes = counter('uploaded_bytes_total', 'Bytes of artifacts and logs that were uploaded.');
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `slipway_worker_${name}`, help, buckets: SECONDS, registers });
  const setup = histogram('setup_seconds', 'From claim to container.');
  const length = histogram('run_seconds', 'From claim to the end of the run.');
  const count: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => void>> = {
    'claimed task': () => claims.inc(),
    'task resolved': ({ taskState }) => resolved.inc({ resolution: String(taskState) }),
    'task not reported': () => lost.inc(),
    'task ended': ({ setupMs, durationMs }) => {
      if (setupMs !== undefined) setup.observe(Number(setupMs) / 1000);
      length.observe(Number(durationMs) / 1000);
    },
    'artifact uploaded': ({ sizeBytes }) => bytes.inc(Number(sizeBytes)),
    '[alert-operator] task retrieval error': () => claimErrors.inc(),
  };
  return {
    onRecord: (type, fields = {}) => count[type]?.(fields),
    render: () => rendered(registry),
  };
}

const rendered = async (registry: Registry): Promise<{ text: string; contentType: string }> => ({
  text: await registry.metrics(),
  contentType: registry.contentType,
});
