import { relative, resolve } from 'node:path';
import type { GitFacts } from '../../pipeline/index.ts';
import { readGitFacts, userName } from '../../project/index.ts';
import type { PipelineRequest } from '../../worker/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';
import { gitFlags } from '../run-request.ts';
import { applicationName, readTarget } from '../target-source.ts';
import { readSpan } from '../tasks/task-times.ts';

/** What a line asks the fleet for, before its source is there. */
export interface Submission {
  /** Absolute. */
  readonly folder: string;
  /** `.wercker`, absolute. */
  readonly workingDir: string;
  /** `--wercker-yml`, absolute. */
  readonly configFile?: string;
  readonly pipeline: Omit<PipelineRequest, 'source'>;
  readonly maxRunTimeSeconds: number;
}

const HOUR_MS = 3_600_000;

/** Reads what `submit build` asks for. Throws `UsageError`. */
export async function readSubmission(context: CommandContext): Promise<Submission> {
  const { flags, currentFolder } = context;
  const folder = sourceFolder(context);
  const workingDir = resolve(currentFolder, flags.required('working-dir'));
  if (folder === workingDir) throw new UsageError("Project path can't be the same as the working dir");
  const configFile = fileInside(context, 'wercker-yml', folder, currentFolder);
  const ignoreFile = fileInside(context, 'ignore-file', folder, folder);
  const name = flags.text('pipeline') ?? 'build';
  return {
    folder,
    workingDir,
    ...(configFile !== undefined && { configFile: resolve(folder, configFile) }),
    maxRunTimeSeconds: Math.max(1, Math.ceil(readSpan(flags, 'max-run-time', HOUR_MS) / 1000)),
    pipeline: {
      name,
      kind: kindOf(flags, name),
      ...(flags.text('deploy-target') !== undefined && { deployTarget: flags.required('deploy-target') }),
      application: applicationOf(flags, folder),
      git: await readGitFacts(folder, gitFlags(flags)),
      artifacts: flags.on('artifacts'),
      private: flags.on('private'),
      cache: flags.on('pipeline-cache'),
      options: {
        ...(configFile !== undefined && { configFile }),
        ...(ignoreFile !== undefined && { ignoreFile }),
        defaultFile: flags.on('default-file'),
        sourceDir: flags.required('source-dir'),
        pull: pullPolicy(flags),
        commandTimeoutMinutes: flags.number('command-timeout') ?? 25,
        noResponseTimeoutMinutes: flags.number('no-response-timeout') ?? 5,
        artifactLimitMib: flags.number('artifact-limit') ?? 5000,
        cacheLimitMib: flags.number('cache-limit') ?? 1000,
        verbose: flags.on('verbose') || flags.on('debug'),
      },
    },
  };
}

function sourceFolder({ flags, positionals, currentFolder }: CommandContext): string {
  const git: Partial<GitFacts> = gitFlags(flags);
  const source = readTarget({ target: positionals[0] ?? '.', currentFolder, git });
  if (source.type === 'folder') return source.folder;
  throw new UsageError(
    `submit build: expected a folder of this machine, found ${positionals[0]}: clone or unpack it first`,
  );
}

/** The environment as a deploy has it, for what is called so. */
function kindOf(flags: FlagValues, pipeline: string): 'build' | 'deploy' {
  const wanted = flags.text('kind');
  if (wanted === 'build' || wanted === 'deploy') return wanted;
  return pipeline === 'deploy' ? 'deploy' : 'build';
}

function applicationOf(flags: FlagValues, folder: string): PipelineRequest['application'] {
  const name = flags.text('application-name') ?? applicationName({ type: 'folder', folder });
  return {
    name,
    id: flags.text('application-id') ?? name,
    ownerName: flags.text('application-owner-name') ?? userName(),
    startedByName: flags.text('application-started-by-name') ?? userName(),
  };
}

function pullPolicy(flags: FlagValues): 'missing' | 'always' | 'never' {
  const policy = flags.required('pull');
  return policy === 'always' || policy === 'never' ? policy : 'missing';
}

/** A file of the source, relative to it: nothing else goes to the worker. */
function fileInside(
  { flags }: CommandContext,
  flag: string,
  folder: string,
  base: string,
): string | undefined {
  const text = flags.text(flag);
  if (text === undefined) return undefined;
  const path = relative(folder, resolve(base, text));
  if (path !== '' && path !== '..' && !path.startsWith('../')) return path;
  throw new UsageError(`--${flag}: ${text} is not in ${folder}, and only what is there goes to the fleet`);
}
