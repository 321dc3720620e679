import type { Diagnostic, Range } from '../../kernel/index.ts';
import type { BoxSpec, StepSpec } from '../definition.ts';
import { short } from '../yaml/node.ts';
import type { PipelineTarget } from './resolve-target.ts';

/** What pipelines may use on a machine of one's own, and on a fleet only where its operator allows it. */
export const LAPTOP_ONLY = ['file-steps', 'volumes', 'local-images', 'docker'] as const;
export type LaptopOnly = (typeof LAPTOP_ONLY)[number];

export interface LaptopRules {
  /** What the operator allows. */
  readonly allow: readonly string[];
  /** Whether images are to be used without ever being pulled. */
  readonly neverPulls: boolean;
  /** Whether a path after `file://` stays in the source, as far as it can be seen without a disk. */
  readonly isInside: (path: string) => boolean;
}

/** What of a pipeline is for a machine of one's own only and not allowed: all of it, each with its place. */
export function laptopOnly(target: PipelineTarget, rules: LaptopRules): readonly Diagnostic[] {
  const { pipeline, definition, box, services } = target;
  const refuse: Refuse = (what, message, range) =>
    rules.allow.includes(what)
      ? []
      : [
          {
            severity: 'error',
            code: 'laptop-only',
            message: `${message}: that is for a machine of one's own, and refused on a fleet`,
            file: definition.file,
            range,
            pipeline: pipeline.name,
            hint: `\`slipway build\` runs it here; an operator allows it on workers with --pipeline-allow ${what}`,
          },
        ];
  const boxes = [box, ...services];
  return [
    ...(pipeline.docker
      ? refuse('docker', '`docker: true` gives the pipeline the engine itself', pipeline.range)
      : []),
    ...boxes.flatMap((spec) => ofBox(spec, rules, refuse)),
    ...[...target.steps, ...target.afterSteps].flatMap((step) => ofStep(step, rules, refuse)),
  ];
}

type Refuse = (what: LaptopOnly, message: string, range: Range) => Diagnostic[];

const FILE_URL = /^file:\/\/([^#]*)/;

function ofBox(spec: BoxSpec, { neverPulls, isInside }: LaptopRules, refuse: Refuse): Diagnostic[] {
  const { id, volumes, url, range } = spec;
  const path = url === undefined ? undefined : FILE_URL.exec(url)?.[1];
  const leaves = path !== undefined && !isInside(path);
  return [
    ...(volumes.length > 0 ? refuse('volumes', `${short(id)} mounts folders of the machine`, range) : []),
    ...(neverPulls && url === undefined
      ? refuse('local-images', `${short(id)} is to be used without being pulled`, range)
      : []),
    ...(leaves ? refuse('file-steps', `${short(url ?? '')} is a folder outside of the source`, range) : []),
  ];
}

function ofStep({ id, source, range }: StepSpec, { isInside }: LaptopRules, refuse: Refuse): Diagnostic[] {
  if (source.kind !== 'folder' || isInside(source.path)) return [];
  return refuse('file-steps', `the step ${short(id)} is a folder outside of the source`, range);
}
