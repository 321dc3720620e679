import { internalManifest, interpolate, type Plan, type PlannedStep } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import type { Lookup } from '../images.ts';
import { loginsIn } from './registry-logins.ts';

/** Masks what the file holds of secrets before anything runs: a step may print the file. */
export function maskBuiltInSecrets(context: Pick<RunContext, 'redactor'>, plan: Plan, lookup: Lookup): void {
  for (const step of [...plan.steps, ...plan.afterSteps]) {
    if (step.source.kind === 'internal') maskSecrets(context, step, lookup);
  }
}

/** Masks the passwords that one built-in step is given, as they are at this moment. */
export function maskSecrets(context: Pick<RunContext, 'redactor'>, step: PlannedStep, lookup: Lookup): void {
  for (const { name, secret, form } of internalManifest(`${step.owner}/${step.name}`)?.properties ?? []) {
    const written = step.properties.get(name);
    if (!secret || written === undefined) continue;
    const value = interpolate(written, lookup);
    const passwords =
      form === 'registry-logins'
        ? [...(loginsIn(value)?.values() ?? [])].map(({ password }) => password)
        : [];
    for (const text of [value, ...passwords]) context.redactor.add(text);
  }
}
