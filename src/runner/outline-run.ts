import type { EnvironmentEntry } from '../pipeline/index.ts';
import type { OutlinedValue, RunOutline } from './outline.ts';
import { outlineBox, outlineService } from './outline-container.ts';
import { outlineStep } from './outline-step.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { RunRequest } from './request.ts';

/** Describes a run that is ready; texts are not masked yet, but values that are secret by themselves are left out. */
export function outlineRun(
  { plan, environment, loaded, target }: PreparedRun,
  request: RunRequest,
): RunOutline {
  const { lookup } = environment;
  const chosen = request.deployTarget;
  return {
    pipeline: plan.pipeline,
    kind: request.kind,
    file: loaded.file,
    targets: [...target.pipeline.targets.keys()],
    ...(chosen !== undefined && target.pipeline.targets.has(chosen) ? { target: chosen } : {}),
    box: outlineBox(plan.box, lookup, request),
    services: plan.services.map((spec) => outlineService(spec, lookup)),
    basePath: plan.basePath,
    sourceDir: plan.sourceDir,
    docker: plan.docker,
    commandTimeoutMs: plan.commandTimeoutMs,
    noResponseTimeoutMs: plan.noResponseTimeoutMs,
    environment: environment.entries.map(outlineEntry),
    steps: plan.steps.map(outlineStep),
    afterSteps: plan.afterSteps.map(outlineStep),
  };
}

const outlineEntry = ({ name, value, secret }: EnvironmentEntry): OutlinedValue => ({
  name,
  value: secret ? '' : value,
  secret,
});
