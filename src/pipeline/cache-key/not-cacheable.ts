import type { BoxSpec } from '../definition.ts';
import type { Plan, PlannedStep } from '../plan.ts';

/** How a run was asked for, as far as it decides whether what it makes can be taken from another. */
export interface CacheableRequest {
  readonly kind: 'build' | 'deploy';
  /** The project itself is in the box. */
  readonly directMount: boolean;
  /** Volumes that the file declares are mounted. */
  readonly enableVolumes: boolean;
  /** An existing network. */
  readonly network?: string;
  /** The box is to become an image. */
  readonly commits: boolean;
  /** It goes on where another run was, or keeps what its steps leave. */
  readonly usesStates: boolean;
}

/**
 * Why what a run makes is more than its output, or depends on what no key can name; empty where it can be taken from
 * another run. Each is a sentence for people, without a full stop.
 */
export function whyNotCacheable(plan: Plan, request: CacheableRequest): readonly string[] {
  return [...ofRequest(request), ...ofPlan(plan, request)];
}

function ofRequest(request: CacheableRequest): string[] {
  const { kind, directMount, network, commits, usesStates } = request;
  return [
    ...(kind === 'deploy' ? ['a deploy is done for what it changes elsewhere'] : []),
    ...(directMount ? ['with --direct-mount the steps change the project itself'] : []),
    ...(network === undefined ? [] : [`anything may be in the network "${network}"`]),
    ...(commits ? ['the box is to become an image'] : []),
    ...(usesStates ? ['states of steps are kept or gone on with'] : []),
  ];
}

function ofPlan(plan: Plan, request: CacheableRequest): string[] {
  const steps = [...plan.steps, ...plan.afterSteps];
  return [
    ...(plan.docker ? ['the pipeline has `docker: true`, and can do anything on the engine'] : []),
    ...steps.flatMap(ofStep),
    ...[plan.box, ...plan.services].flatMap((spec) => ofBox(spec, request)),
  ];
}

function ofStep({ source, name, displayName, checkpoint }: PlannedStep): string[] {
  return [
    ...(source.kind === 'internal' ? [`internal/${name} works on the engine, not in the box`] : []),
    ...(checkpoint === undefined ? [] : [`the step "${displayName}" makes a checkpoint on the engine`]),
  ];
}

function ofBox({ id, url, volumes }: BoxSpec, { enableVolumes }: CacheableRequest): string[] {
  return [
    ...(url === undefined ? [] : [`the service ${url} is built from another folder`]),
    ...(enableVolumes && volumes.length > 0 ? [`${id} has volumes of this machine`] : []),
  ];
}
