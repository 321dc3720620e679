import { type BoxSpec, interpolate } from '../pipeline/index.ts';
import { maskBuiltInSecrets } from './built-in/step-secrets.ts';
import type { RunContext } from './context.ts';
import type { EngineAccess } from './engine-access.ts';
import { type RunEnvironment, runEnvironment } from './environment.ts';
import type { Lookup } from './images.ts';
import { type PrepareContext, type PreparedPlan, preparePlan } from './prepare.ts';

/** What it takes to get a run ready; no engine. */
export type PrepareRunContext = PrepareContext & Pick<RunContext, 'redactor'>;

/** Everything that is known before anything runs; its secrets are masked from here on. */
export interface PreparedRun extends PreparedPlan {
  readonly environment: RunEnvironment;
}

function maskBoxSecrets({ redactor }: PrepareRunContext, { credentials }: BoxSpec, lookup: Lookup): void {
  const { password, aws, azure } = credentials;
  for (const written of [password, aws?.secretKey, azure?.clientSecret]) {
    if (written !== undefined) redactor.add(interpolate(written, lookup));
  }
}

/**
 * Puts plan and environment together. Every mistake is told before `RunError` is thrown. `findEngine` is asked for a
 * pipeline with `docker: true`; without it the environment says nothing of the engine.
 */
export async function prepareRun(
  context: PrepareRunContext,
  findEngine?: () => Promise<EngineAccess>,
): Promise<PreparedRun> {
  const prepared = await preparePlan(context);
  const { plan } = prepared;
  const environment = runEnvironment(context, plan, plan.docker ? await findEngine?.() : undefined);
  for (const step of [...plan.steps, ...plan.afterSteps]) {
    for (const { secret, value } of step.environment) if (secret) context.redactor.add(value);
  }
  maskBuiltInSecrets(context, plan, environment.lookup);
  for (const spec of [plan.box, ...plan.services]) maskBoxSecrets(context, spec, environment.lookup);
  return { ...prepared, environment };
}
