import {
  CacheError,
  commitSize,
  createSizes,
  listRemote,
  openPullSource,
  pullAddress,
  type Ref,
  type RemoteCache,
  type Repository,
  sshCommand,
} from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { refsMeant } from '../cached-artifacts/find-ref.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import type { ShownCacheRef } from '../events-schema/cache-artifact-lines.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { type OpenCache, openCache } from '../open-cache.ts';
import { formatAge } from '../render/age.ts';
import { type Column, shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const REF_LENGTH = 300;
const AT_A_TIME = 32; // commits that are read beside each other

/** Newest first; those of one moment by their names. */
const byTime = (a: ShownCacheRef, b: ShownCacheRef): number =>
  (b.committedAt ?? 0) - (a.committedAt ?? 0) || (a.ref < b.ref ? -1 : 1);

interface Listed {
  readonly refs: readonly ShownCacheRef[];
  /** How many there are, those that are not shown counted. */
  readonly total: number;
}

async function timeOf(repository: Repository, { commit }: Ref): Promise<{ readonly committedAt?: number }> {
  try {
    return { committedAt: (await repository.readCommit(commit)).timestampSeconds * 1000 };
  } catch (error) {
    if (error instanceof CacheError) return {}; // fsck is for that; a list shows what there is
    throw error;
  }
}

async function sized(
  repository: Repository,
  ref: ShownCacheRef,
  sizeOf: ReturnType<typeof createSizes>,
): Promise<ShownCacheRef> {
  try {
    return { ...ref, storedBytes: (await commitSize(repository, ref.commit, sizeOf)).storedBytes };
  } catch (error) {
    if (error instanceof CacheError) return ref;
    throw error;
  }
}

/** What is below a prefix; where nothing is, the refs whose keys begin with what is behind its last slash. */
async function refsOf(repository: Repository, prefix: string | undefined): Promise<readonly Ref[]> {
  if (prefix === undefined) return await repository.listRefs();
  const below = await repository.listRefs({ prefix });
  return below.length > 0 ? below : refsMeant(await repository.listRefs(), prefix);
}

async function listHere(repository: Repository, prefix: string | undefined, limit: number): Promise<Listed> {
  const refs = await refsOf(repository, prefix);
  const found: ShownCacheRef[] = [];
  for (let at = 0; at < refs.length; at += AT_A_TIME) {
    const some = refs.slice(at, at + AT_A_TIME);
    const times = await Promise.all(some.map((ref) => timeOf(repository, ref)));
    for (const [index, ref] of some.entries())
      found.push({ ...ref, repository: repository.folder, ...times[index] });
  }
  const shown: ShownCacheRef[] = [];
  const sizeOf = createSizes(repository);
  for (const ref of found.toSorted(byTime).slice(0, limit)) shown.push(await sized(repository, ref, sizeOf));
  return { refs: shown, total: refs.length };
}

interface Asking {
  readonly context: CommandContext;
  readonly prefix: string | undefined;
  readonly signal: AbortSignal;
}

async function listOne(
  { context, prefix, signal }: Asking,
  cache: RemoteCache,
): Promise<readonly ShownCacheRef[]> {
  const { environment, stderr } = context;
  const onNotice = (text: string): void => void stderr.write(`${text}\n`);
  const address = await pullAddress(cache, { ssh: sshCommand(environment), signal, onNotice });
  if (address === undefined) return [];
  using source = openPullSource(address, { environment, signal, onNotice });
  const refs = await listRemote(source, prefix);
  return refs.map(({ ref, commit, timestampSeconds }) => ({
    ref,
    commit,
    cache: cache.name,
    ...(timestampSeconds !== undefined && { committedAt: timestampSeconds * 1000 }),
  }));
}

/** All caches that answer; that one does not is no reason to say nothing of the others. */
async function listThere(asking: Asking, opened: OpenCache, limit: number): Promise<Listed> {
  const caches = (await opened.remotes()).filter(({ pullUrl, ask }) => (pullUrl ?? ask) !== undefined);
  if (caches.length === 0)
    throw new CommandError(
      'no cache is configured that artifacts could be pulled from',
      '--pull-url URL names one; docs/artifact-cache.md says where they are configured.',
    );
  const refs: ShownCacheRef[] = [];
  const failures: unknown[] = [];
  for (const cache of caches) {
    try {
      refs.push(...(await listOne(asking, cache)));
    } catch (error) {
      if (!(error instanceof CacheError) || asking.signal.aborted) throw error;
      failures.push(error);
      if (caches.length > 1) asking.context.stderr.write(`warning: ${cache.name}: ${error.message}\n`);
    }
  }
  if (failures.length === caches.length) throw failures[0];
  return { refs: refs.toSorted(byTime).slice(0, limit), total: refs.length };
}

function table(
  refs: readonly ShownCacheRef[],
  { isRemote, long }: { isRemote: boolean; long: boolean },
): string[] {
  const now = Date.now();
  const columns: Column[] = [
    { title: 'ARTIFACT' },
    { title: 'MADE', align: 'right' },
    isRemote ? { title: 'CACHE' } : { title: 'STORED', align: 'right' },
    ...(long ? [{ title: 'COMMIT' }] : []),
  ];
  const rows = refs.map(({ ref, commit, committedAt, storedBytes, cache }) => [
    shownText(ref, REF_LENGTH),
    committedAt === undefined ? '' : formatAge(committedAt, now),
    isRemote
      ? shownText(cache ?? '', REF_LENGTH)
      : storedBytes === undefined
        ? 'damaged'
        : formatBytes(storedBytes),
    ...(long ? [commit] : []),
  ]);
  return tableLines(
    columns,
    rows.map((row) => row.map((text) => ({ text }))),
  );
}

function noneText(context: CommandContext, { repository }: OpenCache): string {
  const [prefix] = context.positionals;
  const where = context.flags.on('remote') ? 'the configured caches' : repository.folder;
  return prefix === undefined
    ? `There is no artifact in ${where} yet.\n`
    : `There is no artifact below "${shownText(prefix, REF_LENGTH)}" in ${where}.\n`;
}

/** `slipway cache list [PREFIX]` */
export async function cacheList(context: CommandContext): Promise<number> {
  const { flags, positionals, stdout, stderr } = context;
  const prefix = positionals[0]?.replace(/\/+$/, '');
  const isRemote = flags.on('remote') || flags.given('pull-url');
  const limit = Math.ceil(flags.number('limit') ?? 50);
  await using cache = await openCache(context);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const asking: Asking = { context, prefix, signal: interrupts.signal };
  const { refs, total } = isRemote
    ? await listThere(asking, cache, limit)
    : await listHere(cache.repository, prefix, limit);
  if (wantsJson(context)) for (const ref of refs) stdout.write(commandLine('cache-ref', ref));
  else if (refs.length > 0) stdout.write(`${table(refs, { isRemote, long: flags.on('long') }).join('\n')}\n`);
  if (total === 0) stderr.write(noneText(context, cache));
  else if (total > refs.length)
    stderr.write(`${total - refs.length} more are there: --limit ${total} lists all.\n`);
  return EXIT.passed;
}
