import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { readWebAddress } from '../read-address.ts';

/** What `runner start` is asked for. */
export interface RunnerRequest {
  readonly base: string;
  readonly group: string;
  readonly count: number;
  readonly capacity: number;
  readonly queue: string;
  readonly rootUrl: string;
  /** Absent: the outputs go to OCI. */
  readonly storePath?: string;
  readonly logPath?: string;
  readonly downloadUrl?: string;
  readonly token?: string;
  readonly wait: boolean;
}

/** The original's place for outputs. */
export const DEFAULT_STORE = join(tmpdir(), 'wercker');

const MAX_RUNNERS = 64;
const QUEUE = /^[a-zA-Z0-9_-]{1,38}\/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/;

/** The name that all runners of one start share, in the letters that a worker's id has. */
export function baseName({ flags }: Pick<CommandContext, 'flags'>): string {
  const given = flags.text('name');
  if (given !== undefined && !/^[a-zA-Z0-9_-]{1,34}$/.test(given))
    throw new UsageError(`--name: expected 1 to 34 letters, digits, - and _, found "${given.slice(0, 80)}"`);
  return (
    given ??
    (hostname()
      .replace(/[^a-zA-Z0-9_-]/g, '-')
      .slice(0, 34) ||
      'runner')
  );
}

/** Throws `UsageError` for what excludes each other, with the original's rules. */
export function readRunnerRequest(context: CommandContext): RunnerRequest {
  const { flags, currentFolder } = context;
  const group = flags.text('group');
  requireSelection(context, group);
  const useOci = flags.on('store-oci');
  if (useOci && flags.given('storepath'))
    throw new UsageError('--store-oci and --storepath exclude each other');
  const queue = flags.required('queue');
  if (!QUEUE.test(queue)) throw new UsageError(`--queue: expected PROVISIONER/TYPE, found "${queue}"`);
  const [logPath, download, token] = [flags.text('logpath'), flags.text('oci-download'), flags.text('token')];
  return {
    base: baseName(context),
    group: groupName(group),
    count: wholeNumber(flags.required('runners'), 'runners'),
    capacity: wholeNumber(flags.required('capacity'), 'capacity'),
    queue,
    rootUrl: readWebAddress(flags.required('root-url'), 'root-url').href.replace(/\/+$/, ''),
    ...(!useOci && {
      storePath: resolve(currentFolder, flags.text('storepath') ?? DEFAULT_STORE),
    }),
    ...(logPath !== undefined && { logPath: resolve(currentFolder, logPath) }),
    ...(download !== undefined && { downloadUrl: readWebAddress(download, 'oci-download').href }),
    ...(token !== undefined && { token }),
    wait: !flags.on('nowait'),
  };
}

const SELECTIONS = ['orgs', 'apps', 'workflows'] as const;

/** The original's rules hold, so that a script that broke them is told so here too. */
function requireSelection({ flags }: CommandContext, group: string | undefined): void {
  const given = SELECTIONS.filter((name) => flags.text(name) !== undefined);
  const isAll = flags.on('all');
  const ofOrganisation = group?.includes('@') ?? false;
  if (isAll && given.length > 0) throw new UsageError(`--all and --${given[0]} exclude each other`);
  if (ofOrganisation && (isAll || given.length > 0))
    throw new UsageError(
      `--group ${group} selects an organisation's runners: it excludes --all, --orgs, --apps and --workflows`,
    );
  if (!isAll && given.length === 0 && !ofOrganisation)
    throw new UsageError(
      'which pipelines? --all takes every one of the queue; --orgs, --apps, --workflows or --group NAME@ORG select some',
    );
}

/** What comes behind `@` was an organisation of the service. */
function groupName(group: string | undefined): string {
  const name = group?.split('@')[0] || 'runners';
  if (/^[a-zA-Z0-9_-]{1,38}$/.test(name)) return name;
  throw new UsageError(`--group: expected 1 to 38 letters, digits, - and _, found "${name.slice(0, 80)}"`);
}

function wholeNumber(text: string, flag: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_RUNNERS) return number;
  throw new UsageError(`--${flag}: expected a number from 1 to ${MAX_RUNNERS}, found "${text}"`);
}

type Asked = Pick<CommandContext, 'flags'>;

/** What was asked of `start` and has no meaning any more, a sentence each. */
export function withoutMeaning(context: Asked): string[] {
  const { flags } = context;
  const selected = SELECTIONS.filter((name) => flags.text(name) !== undefined).map((name) => `--${name}`);
  const selection = `${selected.join(', ')}: no service hands out pipelines by these any more; the runners take every task of --queue`;
  return [
    ...(selected.length > 0 ? [selection] : []),
    ...(flags.given('poll-frequency')
      ? ['--poll-frequency: the queue wakes its workers, nothing is polled']
      : []),
    ...withoutImage(context),
  ];
}

/** What every command of the runners was asked about their image. */
export const withoutImage = ({ flags }: Asked): string[] =>
  flags.given('image-name') || flags.given('using')
    ? ['--image-name, --using: a runner is a worker of this program and has no image of its own']
    : [];
