import type { EnvironmentEntry } from '../environment.ts';
import { isVariableName } from './variable-name.ts';

/** What the environment of a run is made of. Everything is set in the box, also where it is empty. */
export interface EnvironmentInput {
  /** `build` for build and dev, `deploy` for deploy and workflow. */
  readonly kind: 'build' | 'deploy';
  readonly runId: string;
  readonly pipeline: string;
  /** Where the hosted service would be; a final slash is cut. */
  readonly baseUrl: string;
  readonly application: { readonly id: string; readonly name: string; readonly ownerName: string };
  readonly git: GitFacts;
  /** Where the steps start: the plan's `sourceDir`. */
  readonly sourceDir: string;
  /** Where the box keeps the run. @defaultValue `/pipeline` */
  readonly guestRoot?: string;
  /** `--deploy-target`, also when the pipeline has no such target. */
  readonly deployTarget?: string;
  /** For `docker: true`. */
  readonly docker?: { readonly networkName: string; readonly host: string };
  /** This machine's environment with the `--environment` file merged and the proxies passed. */
  readonly host: ReadonlyMap<string, string>;
}

/** Where the source comes from; empty where it is not known. */
export interface GitFacts {
  readonly domain: string;
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  readonly tag: string;
  readonly commit: string;
}

/** A run's variables, and those that could not be taken over. */
export interface BuiltEnvironment {
  /** In the order in which they are exported; every name once. */
  readonly entries: readonly EnvironmentEntry[];
  /** Names of host variables left out because no shell variable can have what follows `X_` or `XXX_`. */
  readonly skipped: readonly string[];
}

/**
 * The environment of a run in the box, in order.
 *
 * A later value takes the place of an earlier one where that stands. `XXX_` variables are secret and come last. Of this
 * machine's environment nothing else reaches the box; only `X_` values are expanded there, so that a branch named
 * `$HOME` keeps its name.
 */
export function buildEnvironment(input: EnvironmentInput): BuiltEnvironment {
  const plain = prefixed(input.host, /^X_/);
  const hidden = prefixed(input.host, /^XXX_/);
  const ours = [...common(input), ...kind(input), ...run(input), ...legacy(input), ...mirrored(input)];
  const entries = new Map<string, EnvironmentEntry>();
  const set = (name: string, value: string, traits?: Partial<EnvironmentEntry>) =>
    entries.set(name, { name, value, expand: false, secret: false, ...traits });
  for (const [name, value] of ours) set(name, value);
  for (const [name, value] of plain.variables) set(name, value, { expand: true });
  for (const [name, value] of docker(input)) set(name, value);
  for (const [name, value] of hidden.variables) {
    entries.delete(name);
    set(name, value, { secret: true });
  }
  return { entries: [...entries.values()], skipped: [...plain.skipped, ...hidden.skipped] };
}

type Variables = readonly (readonly [name: string, value: string])[];

function prefixed(
  host: ReadonlyMap<string, string>,
  prefix: RegExp,
): { variables: Variables; skipped: string[] } {
  const found = [...host].filter(([name]) => prefix.test(name));
  const isValid = (name: string) => isVariableName(name.replace(prefix, ''));
  return {
    variables: found
      .filter(([name]) => isValid(name))
      .map(([name, value]) => [name.replace(prefix, ''), value]),
    skipped: found.map(([name]) => name).filter((name) => !isValid(name)),
  };
}

function common({ guestRoot = '/pipeline', sourceDir, application, baseUrl }: EnvironmentInput): Variables {
  return [
    ['WERCKER', 'true'],
    ['WERCKER_ROOT', `${guestRoot}/source`],
    ['WERCKER_SOURCE_DIR', sourceDir],
    ['WERCKER_CACHE_DIR', `${guestRoot}/cache`],
    ['WERCKER_OUTPUT_DIR', `${guestRoot}/output`],
    ['WERCKER_PIPELINE_DIR', guestRoot],
    ['WERCKER_REPORT_DIR', `${guestRoot}/report`],
    ['WERCKER_APPLICATION_ID', application.id],
    ['WERCKER_APPLICATION_NAME', application.name],
    ['WERCKER_APPLICATION_OWNER_NAME', application.ownerName],
    ['WERCKER_APPLICATION_URL', `${withoutSlash(baseUrl)}/#applications/${application.id}`],
    ['TERM', 'xterm-256color'],
  ];
}

function kind(input: EnvironmentInput): Variables {
  return input.kind === 'build'
    ? [
        ['BUILD', 'true'],
        ['CI', 'true'],
      ]
    : [['DEPLOY', 'true']];
}

function run(input: EnvironmentInput): Variables {
  const { git } = input;
  return [
    ['WERCKER_RUN_ID', input.runId],
    ['WERCKER_RUN_URL', runUrl(input)],
    ['WERCKER_GIT_DOMAIN', git.domain],
    ['WERCKER_GIT_OWNER', git.owner],
    ['WERCKER_GIT_REPOSITORY', git.repository],
    ['WERCKER_GIT_BRANCH', git.branch],
    ['WERCKER_GIT_TAG', git.tag],
    ['WERCKER_GIT_COMMIT', git.commit],
  ];
}

function runUrl({ baseUrl, application, pipeline, runId }: EnvironmentInput): string {
  return [withoutSlash(baseUrl), application.ownerName, application.name, 'runs', pipeline, runId].join('/');
}

function legacy(input: EnvironmentInput): Variables {
  const prefix = input.kind === 'build' ? 'WERCKER_BUILD' : 'WERCKER_DEPLOY';
  const target: Variables =
    input.kind === 'deploy' && input.deployTarget ? [['WERCKER_DEPLOYTARGET_NAME', input.deployTarget]] : [];
  return [[`${prefix}_ID`, input.runId], [`${prefix}_URL`, runUrl(input)], ...target];
}

function mirrored({ host }: EnvironmentInput): Variables {
  return ['WERCKER_STARTED_BY', 'WERCKER_MAIN_PIPELINE_STARTED'].flatMap((name) => {
    const value = host.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
}

function docker({ docker: access }: EnvironmentInput): Variables {
  if (access === undefined) return [];
  return [
    ['DOCKER_NETWORK_NAME', access.networkName],
    ['DOCKER_HOST', access.host],
  ];
}

const withoutSlash = (url: string): string => url.replace(/\/$/, '');
