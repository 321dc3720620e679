import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DURATION_EXAMPLES, isSafeId, newRunId, parseDuration } from '../kernel/index.ts';
import {
  mergeEnvironmentFile,
  type PortSpec,
  parseEnvironmentFile,
  parsePort,
  passProxies,
} from '../pipeline/index.ts';
import { readGitFacts, userName } from '../project/index.ts';
import { COMMIT_TAGS, type CommitTag, type RunRequest } from '../runner/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';
import type { FlagValues } from './flag-values.ts';
import { refuseFlags } from './refused-flags.ts';
import { applicationName, hiddenRepository, readTarget } from './target-source.ts';
import { readToken } from './token.ts';

const MIB = 1024 * 1024;

async function readOptional(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    throw error;
  });
}

/** The host's variables with those of the environment file. Throws `UsageError`. */
export async function hostEnvironment(context: CommandContext): Promise<Map<string, string>> {
  const { flags } = context;
  const found = await readHostEnvironment(context, flags.required('environment'));
  if (found !== undefined) return found;
  if (!flags.given('environment')) return passProxies(ownEnvironment(context));
  throw new UsageError(`--environment: there is no file ${flags.required('environment')}`);
}

const ownEnvironment = ({ environment }: CommandContext): Map<string, string> =>
  new Map(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** The process's variables with those of a file, relative to the current folder; `undefined` without that file. */
export async function readHostEnvironment(
  context: CommandContext,
  file: string,
): Promise<Map<string, string> | undefined> {
  const text = await readOptional(resolve(context.currentFolder, file));
  if (text === undefined) return undefined;
  return passProxies(mergeEnvironmentFile(ownEnvironment(context), parseEnvironmentFile(text)));
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T }; // one key, present or not

const resolved = (folder: string, path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(folder, path);

function pullPolicy(flags: FlagValues): RunRequest['images']['pull'] {
  if (flags.on('docker-local')) return 'never';
  const policy = flags.required('pull');
  return policy === 'always' || policy === 'never' ? policy : 'missing';
}

function artifactTtlMs(flags: FlagValues): number | undefined {
  const text = flags.text('artifact-expires');
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--artifact-expires: expected ${DURATION_EXAMPLES}, found "${text}"`);
}

function runId(flags: FlagValues): string {
  const given = flags.text('run-id');
  if (given === undefined) return newRunId();
  if (isSafeId(given)) return given;
  throw new UsageError(`--run-id: expected letters, digits, ".", "_" and "-", found "${given}"`);
}

function publishedPort(text: string): PortSpec {
  const port = parsePort(text);
  if (port !== undefined) return port;
  throw new UsageError(`--publish: expected [ip:][host:]container[/tcp|udp], found "${text}"`);
}

function boxOptions(flags: FlagValues, kind: RunRequest['kind']): RunRequest['box'] {
  return {
    directMount: kind === 'build' && flags.on('direct-mount'),
    enableVolumes: kind === 'build' && flags.on('enable-volumes'),
    exposePorts: flags.on('expose-ports'),
    readOnlyMounts: flags.on('read-only-mounts'),
    lastBuildBox: kind === 'deploy' && flags.on('last-build-box'),
    publish: flags.all('publish').map(publishedPort),
    dns: flags.all('docker-dns'),
    ...optional('network', flags.text('docker-network')),
    ...optional('memoryMb', flags.number('docker-memory')),
    ...optional('memorySwapMb', flags.number('docker-memory-swap')),
  };
}

function commitTags(list: string): CommitTag[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const tag = COMMIT_TAGS.find((known) => known === word);
      if (tag !== undefined) return tag;
      throw new UsageError(`--commit-tags: expected ${COMMIT_TAGS.join(', ')}, found "${word}"`);
    });
}

function commitRequest(flags: FlagValues): Pick<RunRequest, 'commit'> {
  if (!flags.given('commit')) return {};
  return {
    commit: {
      ...optional('repository', flags.text('commit') || undefined),
      ...optional('tag', flags.text('tag')),
      ...optional('message', flags.text('message')),
      tags: commitTags(flags.text('commit-tags') ?? ''),
      ...optional('keepDays', flags.number('keep-images')),
    },
  };
}

function statesRequest(flags: FlagValues): Pick<RunRequest, 'states' | 'onFailure' | 'holdTimeoutMs'> {
  const step = flags.text('from');
  if (step === undefined && flags.given('state')) {
    throw new UsageError('--state says which run --from begins in: name a step with --from STEP');
  }
  const from = step === undefined ? undefined : { step, ...optional('runId', flags.text('state')) };
  const wanted = flags.text('on-failure');
  return {
    states: {
      keep: flags.on('keep-steps'),
      keepRuns: Math.ceil(flags.number('keep-states') ?? 5),
      ...optional('from', from),
    },
    onFailure: wanted === 'shell' || wanted === 'hold' ? wanted : 'stop',
    holdTimeoutMs: (flags.number('hold-timeout') ?? 60) * 60_000,
  };
}

/** What the flags say of the repository. */
export function gitFlags(flags: FlagValues): Parameters<typeof readGitFacts>[1] {
  return {
    ...optional('domain', flags.text('git-domain')),
    ...optional('owner', flags.text('git-owner')),
    ...optional('repository', flags.text('git-repository')),
    ...optional('branch', flags.text('git-branch')),
    ...optional('tag', flags.text('git-tag')),
    ...optional('commit', flags.text('git-commit')),
  };
}

/** What a `build`, `dev` or `deploy` command line asks for; `pipeline` where it names none. Throws `UsageError`. */
export async function readRunRequest(
  context: CommandContext,
  kind: RunRequest['kind'],
  pipeline: string = kind,
): Promise<RunRequest> {
  const { flags, currentFolder } = context;
  refuseFlags(flags);
  const given = gitFlags(flags);
  const target = { target: context.positionals[0] ?? '.', currentFolder, git: given };
  const source = readTarget(target);
  const hidden = hiddenRepository(target, source);
  if (hidden !== undefined && flags.on('verbose')) context.stderr.write(`${hidden}\n`);
  const workingDir = resolve(currentFolder, flags.required('working-dir'));
  if (source.type === 'folder' && source.folder === workingDir) {
    throw new UsageError("Project path can't be the same as the working dir");
  }
  const [git, environment, token] = await Promise.all([
    readGitFacts(source.type === 'folder' ? source.folder : undefined, given),
    hostEnvironment(context),
    readToken(flags),
  ]);
  const name = flags.text('application-name') ?? applicationName(source);
  return {
    kind,
    pipeline: flags.text('pipeline') ?? pipeline,
    ...optional('deployTarget', flags.text('deploy-target')),
    runId: runId(flags),
    source,
    workingDir,
    ...optional('configFile', resolved(currentFolder, flags.text('wercker-yml'))),
    defaultFile: flags.on('default-file'),
    ...(kind === 'deploy' ? { fallbackConfigFolder: currentFolder } : {}),
    checkWorkflows: flags.given('workflows-in-yml') && flags.on('workflows-in-yml'),
    currentFolder,
    application: {
      name,
      id: flags.text('application-id') ?? name,
      ownerName: flags.text('application-owner-name') ?? userName(),
      startedByName: flags.text('application-started-by-name') ?? userName(),
    },
    git,
    hostEnvironment: environment,
    baseUrl: flags.required('base-url').replace(/\/+$/, ''),
    stepRegistry: {
      url: flags.required('steps-registry'),
      allowFolders: flags.on('enable-dev-steps'),
      ...optional('token', token),
    },
    images: {
      pull: pullPolicy(flags),
      localOnly: flags.on('docker-local'),
      removePushed: flags.on('docker-cleanup-image'),
    },
    box: boxOptions(flags, kind),
    limits: {
      commandTimeoutMinutes: flags.number('command-timeout') ?? 25,
      noResponseTimeoutMinutes: flags.number('no-response-timeout') ?? 5,
      artifactBytes: (flags.number('artifact-limit') ?? 5000) * MIB,
      cacheBytes: (flags.number('cache-limit') ?? 1000) * MIB,
    },
    sourceDir: flags.required('source-dir'),
    ...optional('ignoreFile', flags.text('ignore-file')),
    artifacts: flags.on('artifacts'),
    ...optional('artifactTtlMs', artifactTtlMs(flags)),
    serviceLogs: flags.on('verbose') || flags.on('debug'),
    noRemove: flags.on('no-remove'),
    ...commitRequest(flags),
    ...optional('checkpoint', flags.text('checkpoint')),
    afterStepsOnInterrupt: flags.on('after-steps-on-interrupt'),
    attachOnError: flags.on('attach-on-error'),
    ...statesRequest(flags),
    containerRegistry: flags.required('wercker-container-registry'),
  };
}
