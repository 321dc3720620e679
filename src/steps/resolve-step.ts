import { fail, type Result, unreachable } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import { resolveFolder } from './folder-step.ts';
import type { HttpContext } from './http-send.ts';
import {
  DEFAULT_LIMITS,
  type ResolvedStepFiles,
  type ResolveStepOptions,
  type StepFailure,
} from './options.ts';
import { resolveFromRegistry } from './registry-step.ts';
import { resolveTarball } from './tarball-step.ts';

/**
 * Finds a step's files: a folder of this machine, an archive at an address, or a version in a registry. What comes over
 * the network is kept; steps may be resolved at the same time, by several runs too.
 *
 * A step that cannot be had is a failure for the person who named it. Throws `StepError` `ABORTED` or `CACHE`.
 */
export async function resolveStep(
  spec: StepSpec,
  options: ResolveStepOptions,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const { source } = spec;
  switch (source.kind) {
    case 'folder':
      return await resolveFolder(source.path, options);
    case 'tarball':
      return await resolveAddress(spec, source.url, options);
    case 'registry':
      return await resolveVersion(spec, source.version, options);
    case 'script':
    case 'internal':
      return fail({ code: 'invalid', message: `the step ${spec.id} has no files to fetch` });
    default:
      return unreachable(source);
  }
}

async function resolveAddress(
  spec: StepSpec,
  address: string,
  options: ResolveStepOptions,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const url = webAddress(address);
  if (url === undefined)
    return fail({ code: 'invalid', message: `the address of the step ${spec.name} is no web address` });
  return await resolveTarball({ spec, url, options, context: httpContext(options) });
}

async function resolveVersion(
  spec: StepSpec,
  version: string,
  options: ResolveStepOptions,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const isOld = options.registryUrl === '';
  const url = webAddress(isOld ? options.baseUrl : options.registryUrl);
  if (url === undefined) {
    const message = `the step ${spec.name} cannot be looked up: the registry's address is no web address`;
    return fail({ code: 'invalid', message, hint: 'check --steps-registry and --base-url' });
  }
  const token = isOld ? undefined : options.token;
  const context = httpContext(
    options,
    token === undefined ? undefined : { origin: url.origin, value: token },
  );
  return await resolveFromRegistry({
    spec,
    wanted: version || '*',
    registry: { url, isOld },
    options,
    context,
  });
}

function httpContext(options: ResolveStepOptions, token?: HttpContext['token']): HttpContext {
  return {
    signal: options.signal,
    onNotice: options.onNotice,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    ...(token !== undefined && { token }),
  };
}

function webAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}
