import { ArchiveError } from '../../../archive/index.ts';
import { fail, ok, type Result } from '../../../kernel/index.ts';
import {
  type BoxSpec,
  type CacheKey,
  makeCacheKey,
  type NotCacheable,
  type PlannedStep,
  whyNotCacheable,
} from '../../../pipeline/index.ts';
import type { PreparedRun } from '../../prepare-run.ts';
import { digestSource, digestStep } from './digest-source.ts';
import { imageIdentity } from './image-identity.ts';
import type { KeyContext } from './key-context.ts';

/**
 * What a run depends on, and its key; or why what it makes cannot be taken from another run. Reads the source, what the
 * engine knows of the images, and asks registries for those that it does not have; starts and pulls nothing. May be
 * called again: the same source, images and request give the same key on every machine.
 */
export async function findCacheKey(
  context: KeyContext,
  { plan, environment, ignoreFile }: PreparedRun,
): Promise<Result<CacheKey, NotCacheable>> {
  const reasons = whyNotCacheable(plan, cacheableRequest(context));
  if (reasons.length > 0) return fail({ reasons });
  const steps = [...plan.steps, ...plan.afterSteps];
  try {
    const [source, files, images, platform] = await Promise.all([
      digestSource(context, ignoreFile),
      stepFiles(context, steps),
      findImages(context, [plan.box, ...plan.services], environment.lookup),
      findPlatform(context),
    ]);
    if (!images.ok) return images;
    const named = new Map([...source.words].map(([word, path]) => [word, path]));
    for (const { words, step } of files.values()) {
      for (const [word, path] of words) named.set(word, `${path} of the step ${step}`);
    }
    const facts = {
      plan,
      platform,
      imageOf: (spec: BoxSpec): string => images.value.get(spec) ?? '',
      stepFilesOf: (step: PlannedStep): string | undefined => files.get(step)?.sha256,
      source: source.sha256,
      ...(source.checkedOut !== undefined && { checkedOut: source.checkedOut }),
      environment: environment.entries,
      named,
    };
    return ok(await makeCacheKey(facts, source.entries));
  } catch (error) {
    // What stays changed, or cannot be read, the run itself will say.
    if (error instanceof ArchiveError && error.code !== 'ABORTED') return fail({ reasons: [error.message] });
    throw error;
  }
}

function cacheableRequest({ request }: KeyContext): Parameters<typeof whyNotCacheable>[1] {
  const { kind, box, commit, states, checkpoint } = request;
  return {
    kind,
    directMount: box.directMount || request.source.type === 'folders',
    enableVolumes: box.enableVolumes,
    ...(box.network !== undefined && { network: box.network }),
    commits: commit !== undefined,
    usesStates: checkpoint !== undefined || states?.keep === true || states?.from !== undefined,
  };
}

async function findImages(
  context: KeyContext,
  specs: readonly BoxSpec[],
  lookup: (name: string) => string | undefined,
): Promise<Result<ReadonlyMap<BoxSpec, string>, NotCacheable>> {
  const found = await Promise.all(specs.map((spec) => imageIdentity(context, spec, lookup)));
  const images = new Map<BoxSpec, string>();
  const reasons: string[] = [];
  for (const [index, identity] of found.entries()) {
    const spec = specs[index];
    if ('reason' in identity) reasons.push(`which image ${spec?.id} is cannot be told: ${identity.reason}`);
    else if (spec !== undefined) images.set(spec, identity.image);
  }
  return reasons.length > 0 ? fail({ reasons }) : ok(images);
}

interface StepFiles {
  readonly step: string;
  readonly sha256: string;
  readonly words: ReadonlyMap<string, string>;
}

async function stepFiles(
  { signal }: KeyContext,
  steps: readonly PlannedStep[],
): Promise<ReadonlyMap<PlannedStep, StepFiles>> {
  const found = new Map<PlannedStep, StepFiles>();
  for (const step of steps) {
    if (step.folder === undefined) continue;
    found.set(step, { step: step.displayName, ...(await digestStep(step.folder, signal)) });
  }
  return found;
}

async function findPlatform({ engine, signal }: KeyContext): Promise<string> {
  const { os, architecture } = await engine.ping({ signal });
  return `${os}/${architecture}`;
}
