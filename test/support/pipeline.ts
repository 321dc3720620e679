import { randomBytes } from 'node:crypto';
import { BUSYBOX } from './rig.ts';

/** A run's id that no earlier run of the tests can have left behind. */
export const freshId = (name: string): string => `${name}-${randomBytes(4).toString('hex')}`;

/** A script's code, or a step as the file writes it. */
export type WrittenStep = string | Readonly<Record<string, unknown>>;

export interface WrittenPipeline {
  /** @defaultValue busybox */
  readonly box?: unknown;
  readonly services?: readonly unknown[];
  readonly steps: readonly WrittenStep[];
  readonly afterSteps?: readonly WrittenStep[];
  /** Further keys of the pipeline. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Further keys of the file. */
  readonly top?: Readonly<Record<string, unknown>>;
}

const asStep = (step: WrittenStep): unknown => (typeof step === 'string' ? script({ code: step }) : step);

/** A script step with more than its code. */
export const script = (properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  script: properties,
});

/** A `wercker.yml` with the pipeline `build`. JSON is YAML, and so no code in it has to be indented or quoted. */
export function pipelineFile({
  box = BUSYBOX,
  steps,
  services,
  afterSteps,
  more,
  top,
}: WrittenPipeline): string {
  const build = {
    steps: steps.map(asStep),
    ...(services === undefined ? {} : { services }),
    ...(afterSteps === undefined ? {} : { 'after-steps': afterSteps.map(asStep) }),
    ...more,
  };
  return JSON.stringify({ box, build, ...top }, undefined, 2);
}
