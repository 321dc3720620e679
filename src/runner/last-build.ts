import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import type { RunEnvironment } from './environment.ts';
import { RunError } from './failure.ts';

/** What a deploy's file writes for the image that the last passed build of the project committed. */
export const LAST_BUILD_BOX = 'WERCKER_LAST_BUILD_BOX';

const recordFile = ({ folder, request }: RunContext): string =>
  join(folder.root, 'last-build', `${encodeURIComponent(request.application.name)}.json`);

/**
 * Remembers a passed build's image for the deploys of this working folder: by the name that no other run gets, where it
 * has one.
 */
export async function recordLastBuild(context: RunContext, names: readonly string[]): Promise<void> {
  const file = recordFile(context);
  const own = names.find((name) => name.endsWith(`:${context.request.runId}`));
  const fresh = `${file}.${randomUUID()}`;
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(fresh, `${JSON.stringify({ image: own ?? names[0], runId: context.request.runId })}\n`);
  await rename(fresh, file);
}

/** The image that the project's last passed build committed; `undefined` where none did. */
async function lastBuildBox(context: RunContext): Promise<string | undefined> {
  const text = await readFile(recordFile(context), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { image } = JSON.parse(text) as { image?: unknown }; // written whole by recordLastBuild
  return typeof image === 'string' ? image : undefined;
}

interface Prepared {
  readonly plan: Plan;
  readonly environment: RunEnvironment;
}

/**
 * Lets a deploy's file name the image of the last passed build, and with `--last-build-box` run in it. Throws `RunError`
 * where it must and there is none.
 */
export async function useLastBuild<P extends Prepared>(context: RunContext, prepared: P): Promise<P> {
  const { request, engine } = context;
  if (request.kind !== 'deploy') return prepared;
  const reference = await lastBuildBox(context);
  const image = reference === undefined ? undefined : await engine.inspectImage(reference);
  if (reference === undefined || image === undefined) {
    if (!request.box.lastBuildBox) return prepared;
    throw noLastBuild(request.application.name, reference);
  }
  const { lookup } = prepared.environment;
  const environment: RunEnvironment = {
    ...prepared.environment,
    lookup: (name) => lookup(name) ?? (name === LAST_BUILD_BOX ? reference : undefined),
    lastBuildImage: image.id,
  };
  return {
    ...prepared,
    environment,
    plan: request.box.lastBuildBox ? inLastBuild(prepared.plan) : prepared.plan,
  };
}

function noLastBuild(application: string, reference: string | undefined): RunError {
  const missing = reference === undefined ? '' : `; its image ${reference} is gone`;
  return new RunError({
    reason: 'image',
    message: `there is no image of a passed build of ${application} in this working folder${missing}`,
    hint: 'run `slipway build --commit REPOSITORY --commit-tags id` first',
  });
}

function inLastBuild(plan: Plan): Plan {
  const { tag, digest, url, ...spec } = plan.box;
  const repository = `$${LAST_BUILD_BOX}`;
  return { ...plan, box: { ...spec, id: repository, repository, credentials: {} } };
}
