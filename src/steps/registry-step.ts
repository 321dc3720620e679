import { join } from 'node:path';
import { fail, ok, type Result } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import { type Asked, fetchFailure, stepId } from './failures.ts';
import { fetchArchive } from './fetch-archive.ts';
import { withRetries } from './http.ts';
import type { HttpContext, HttpFailure } from './http-send.ts';
import type { ResolvedStepFiles, ResolveStepOptions, StepFailure } from './options.ts';
import { lookUp, lookUpUrl, type Registry, type RegistryAnswer } from './registry-lookup.ts';
import { shownUrl } from './shown-url.ts';
import { cachedVersions, cacheName, isKept, keep } from './step-cache.ts';
import { readStepFiles } from './step-files.ts';
import { resolveTarball } from './tarball-step.ts';
import { isExactVersion, newestMatch } from './versions.ts';

interface Search {
  readonly spec: StepSpec;
  /** As asked for: exact, a range, or `*`. */
  readonly wanted: string;
  readonly registry: Registry;
  readonly options: ResolveStepOptions;
  readonly context: HttpContext;
}

/**
 * A step of a registry. What is kept is used without a question when the version is exact; otherwise the registry says
 * which version it is, and where it cannot be reached the newest that is kept and fits is used, with a notice.
 */
export async function resolveFromRegistry(search: Search): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const { spec, wanted, options } = search;
  if (isExactVersion(wanted)) {
    const folder = join(options.stepsFolder, cacheName(spec, wanted));
    if (await isKept(folder)) return ok(await readKept(search, wanted));
  }
  const url = lookUpUrl(search.registry, spec, wanted);
  const answer = await withRetries(search.context, url, () => lookUp(search.context, search.registry, url));
  if (!answer.ok) return await useKept(search, answer.error);
  const { version, archive } = answer.value;
  // Without a version only the archive's own address tells it from others.
  if (version === undefined) return await resolveTarball({ ...search, url: archive, expected: answer.value });
  if (isExactVersion(wanted) && version !== wanted) {
    const why = `${shownUrl(url)} answered with version ${version} where ${wanted} was asked for`;
    return fail(fetchFailure(spec, { kind: 'invalid', why }, asked(search)));
  }
  return await fetchVersion(search, version, answer.value);
}

async function fetchVersion(
  search: Search,
  version: string,
  answer: RegistryAnswer,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const { spec, options, context } = search;
  const name = cacheName(spec, version);
  if (await isKept(join(options.stepsFolder, name))) return ok(await readKept(search, version));
  const fetched = await withRetries(context, answer.archive, () =>
    keep(options.stepsFolder, async (folder): Promise<Result<{ name: string }, HttpFailure>> => {
      const archive = await fetchArchive(context, answer.archive, folder, answer);
      return archive.ok ? ok({ name }) : archive;
    }),
  );
  return fetched.ok ? ok(await readKept(search, version)) : await useKept(search, fetched.error);
}

/** What to do when the registry does not help: an older copy, where the registry is only not there. */
async function useKept(
  search: Search,
  failure: HttpFailure,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const { spec, wanted, options } = search;
  const told = fetchFailure(spec, failure, asked(search));
  const version = await newestMatch(await cachedVersions(options.stepsFolder, spec), wanted);
  if (version === undefined) return fail(told);
  if (failure.kind !== 'unreachable') {
    const hint = `${stepId(spec)}@${version} is kept on this machine: with that version nobody is asked`;
    return fail({ ...told, hint });
  }
  options.onNotice(
    `${stepId(spec)}: ${failure.why}; using version ${version}, which is kept on this machine`,
  );
  return ok(await readKept(search, version));
}

function readKept({ spec, options }: Search, version: string): Promise<ResolvedStepFiles> {
  const folder = join(options.stepsFolder, cacheName(spec, version));
  return readStepFiles(folder, `${stepId(spec)}@${version}`, version);
}

function asked({ registry, context, spec, wanted }: Search): Asked {
  const version = wanted === '*' ? 'the name' : `the name and the version ${wanted}`;
  return {
    where: `the registry ${shownUrl(registry.url)}`,
    hadToken: context.token !== undefined,
    advice: `check ${version}, or give a folder or an archive: \`${spec.name} "file://PATH"\``,
  };
}
