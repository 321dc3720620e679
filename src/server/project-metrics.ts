import { Counter, type Registry } from 'prom-client';

/** A run that has ended, as usage counts it. */
export interface CountedRun {
  readonly project: string;
  readonly outcome: 'passed' | 'failed' | 'exception';
  readonly seconds: number;
  readonly bytes: number;
}

// Projects are named by whoever creates tasks: a scrape has no more labels.
const MAX_PROJECTS = 200;
const OTHERS = 'other';

/**
 * Makes the metrics of projects; gives what is to be told of each run that this server counted. Of several servers each run is
 * counted by one, so that their sum is right. Projects beyond the first 200 are counted together.
 */
export function createProjectMetrics(registry: Registry): (run: CountedRun) => void {
  const registers = [registry];
  const runs = new Counter({
    name: 'slipway_project_runs_total',
    help: 'Runs that ended, by project and outcome; exception: without a verdict',
    labelNames: ['project', 'outcome'],
    registers,
  });
  const seconds = new Counter({
    name: 'slipway_project_run_seconds_total',
    help: 'From the start of runs to their end, by project',
    labelNames: ['project'],
    registers,
  });
  const bytes = new Counter({
    name: 'slipway_project_stored_bytes_total',
    help: 'Bytes of what runs stored, by project',
    labelNames: ['project'],
    registers,
  });
  const known = new Set<string>();
  return (run) => {
    if (known.size < MAX_PROJECTS) known.add(run.project);
    const project = known.has(run.project) ? run.project : OTHERS;
    runs.inc({ project, outcome: run.outcome });
    seconds.inc({ project }, run.seconds);
    bytes.inc({ project }, run.bytes);
  };
}
