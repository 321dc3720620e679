import type { AnnouncedStep, RunGit } from '../kernel/index.ts';
import type { PlannedStep } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import type { PreparedPlan } from './prepare.ts';
import type { RunRequest } from './request.ts';

/** What events say of the source's repository; nothing where nothing is known. */
export function gitOf({ git: { branch, commit } }: RunRequest): { readonly git?: RunGit } {
  if (branch === '' && commit === '') return {};
  return { git: { ...(branch !== '' && { branch }), ...(commit !== '' && { commit }) } };
}

function announced(step: PlannedStep, phase: AnnouncedStep['phase']): AnnouncedStep {
  const { safeId, owner, name, version, displayName } = step;
  return { safeId, owner, name, version, displayName, phase };
}

/** Says what will run, before anything of it does. */
export function announcePlan(context: RunContext, { plan, loaded }: PreparedPlan): void {
  context.emit({
    type: 'run-planned',
    at: Date.now(),
    box: plan.box.id,
    ...gitOf(context.request),
    steps: [
      ...plan.steps.map((step) => announced(step, 'main')),
      ...plan.afterSteps.map((step) => announced(step, 'after')),
    ],
    artifacts: context.request.artifacts,
    file: loaded.file,
    source: loaded.text,
  });
}
