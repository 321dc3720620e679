import { buildEnvironment, type EnvironmentEntry, exportStatement, type Plan } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import type { EngineAccess } from './engine-access.ts';
import type { Lookup } from './images.ts';
import { networkName } from './network.ts';

export interface RunEnvironment {
  /** Id of the image that the project's last passed build committed; absent where this run is no deploy, or there is none. */
  readonly lastBuildImage?: string;
  /** What the box's shell is told before anything else. */
  readonly entries: readonly EnvironmentEntry[];
  /** For values that are filled in on this side: images, services, volumes. */
  readonly lookup: Lookup;
  /** Absent: the box does not reach the engine. */
  readonly engineAccess?: EngineAccess;
}

/** The environment of a run; its secret values are masked from here on. */
export function runEnvironment(
  context: Pick<RunContext, 'request' | 'redactor' | 'notice'>,
  plan: Plan,
  engineAccess?: EngineAccess,
): RunEnvironment {
  const { request, redactor, notice } = context;
  const { entries, skipped } = buildEnvironment({
    kind: request.kind,
    runId: request.runId,
    pipeline: request.pipeline,
    baseUrl: request.baseUrl,
    application: request.application,
    git: request.git,
    sourceDir: plan.sourceDir,
    ...(request.deployTarget === undefined ? {} : { deployTarget: request.deployTarget }),
    ...(engineAccess && { docker: { networkName: networkName(request), host: engineAccess.host } }),
    host: request.hostEnvironment,
  });
  for (const { secret, value } of entries) if (secret) redactor.add(value);
  for (const name of skipped)
    notice('warning', `${name} is left out: what follows its prefix is no variable name`);
  const values = new Map(entries.map(({ name, value }) => [name, value]));
  return { entries, lookup: (name) => values.get(name), ...(engineAccess && { engineAccess }) };
}

export interface AfterStepFacts {
  readonly result: 'passed' | 'failed';
  readonly failedStep?: string;
  readonly message?: string;
}

/** What after-steps are told of the steps before them. */
function resultEntries({ result, failedStep, message }: AfterStepFacts): EnvironmentEntry[] {
  const entry = (name: string, value: string): EnvironmentEntry => ({
    name,
    value,
    expand: false,
    secret: false,
  });
  return [
    entry('WERCKER_RESULT', result),
    ...(failedStep === undefined ? [] : [entry('WERCKER_FAILED_STEP_DISPLAY_NAME', failedStep)]),
    ...(message === undefined ? [] : [entry('WERCKER_FAILED_STEP_MESSAGE', message)]),
  ];
}

/** The session command that sets up a fresh shell. */
export function environmentScript(environment: RunEnvironment, facts?: AfterStepFacts): string {
  const entries = [...environment.entries, ...(facts === undefined ? [] : resultEntries(facts))];
  return entries.map(exportStatement).join('\n');
}
