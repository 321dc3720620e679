import type { RemoteCache } from '../../cache/index.ts';
import { isHad, type PullOutcome, pullable, pullFromCaches, remotesOf } from '../../cache/index.ts';
import { createPullReport, type PullReport } from '../cache-pull/report.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { type OpenCache, openCache } from '../open-cache.ts';

/** `slipway cache pull REF...`: all are tried; those that cannot be had are an error afterwards. */
export async function cachePull(context: CommandContext): Promise<number> {
  const refs = [...new Set(context.positionals)];
  if (refs.length === 0) throw new UsageError('cache pull: what? Name an artifact, like project/element/KEY');
  const limits = limitsOf(context);
  await using cache = await openCache(context);
  const remotes = pullable(await remotesOfLine(context, cache));
  if (remotes.length === 0) {
    const hint = '--pull-url URL names a cache; "artifacts: pull-url:" in the configuration keeps it.';
    throw new CommandError('not configured for pulling artifacts', hint);
  }
  const report = createPullReport(context);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  const options = { ...limits, signal, environment: context.environment, ...toldTo(report) };
  try {
    return await pullAll({ cache, refs, remotes, report }, options);
  } catch (error) {
    report.clear();
    if (signal.aborted) throw new CommandError('interrupted', 'The same command goes on where it was left.');
    throw error;
  }
}

const toldTo = ({ progress, notice }: PullReport) => ({ onProgress: progress, onNotice: notice });

/** `--pull-url` may be given more than once: the caches are asked in that order. */
async function remotesOfLine({ flags }: CommandContext, cache: OpenCache): Promise<readonly RemoteCache[]> {
  if (!flags.given('pull-url')) return await cache.remotes();
  return remotesOf([{ origin: '--pull-url', caches: flags.all('pull-url').map((url) => ({ url })) }]).caches;
}

const MAX_CONNECTIONS = 64;
const MAX_RETRIES = 100;

function limitsOf({ flags }: CommandContext) {
  const whole = (name: string, least: number, most: number): number => {
    const number = Number(flags.text(name));
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    const found = flags.text(name);
    throw new UsageError(`--${name}: expected a whole number from ${least} to ${most}, found "${found}"`);
  };
  return {
    connections: whole('jobs', 1, MAX_CONNECTIONS),
    retries: whole('retries', 0, MAX_RETRIES),
    stallTimeoutMs: whole('stall-timeout', 1, 3600) * 1000,
  };
}

interface Pulling {
  readonly cache: OpenCache;
  readonly refs: readonly string[];
  readonly remotes: readonly RemoteCache[];
  readonly report: PullReport;
}

async function pullAll(
  { cache: { repository }, refs, remotes, report }: Pulling,
  options: Parameters<typeof pullFromCaches>[3],
): Promise<number> {
  const reasons = new Map<string, string[]>(refs.map((ref) => [ref, []]));
  let [fetchedObjects, fetchedBytes, isTroubled] = [0, 0, false];
  for await (const { cache, result } of pullFromCaches(repository, refs, remotes, options)) {
    fetchedObjects += result.fetchedObjects;
    fetchedBytes += result.fetchedBytes;
    isTroubled ||= result.outcomes.some(({ type }) => type === 'failed');
    for (const outcome of result.outcomes) tell(outcome, { cache, report, reasons });
  }
  for (const [ref, said] of reasons) report.failed({ ref, reasons: said });
  const failed = reasons.size;
  const totals = { repository: repository.folder, pulled: refs.length - failed, failed };
  report.finished({ ...totals, fetchedObjects, fetchedBytes });
  if (failed === 0) return EXIT.passed;
  throw new CommandError(
    failed === 1
      ? 'an artifact could not be pulled'
      : `${failed} of ${refs.length} artifacts could not be pulled`,
    isTroubled ? undefined : '`slipway cache list --remote` says what there is.', // else the reasons say what to do
  );
}

interface Telling {
  readonly cache: string;
  readonly report: PullReport;
  /** By ref: why it is not here, so far. */
  readonly reasons: Map<string, string[]>;
}

function tell(outcome: PullOutcome, { cache, report, reasons }: Telling): void {
  const { ref } = outcome;
  if (isHad(outcome)) reasons.delete(ref);
  switch (outcome.type) {
    case 'absent':
      reasons.get(ref)?.push(`${cache} does not have it`);
      return;
    case 'failed':
      reasons
        .get(ref)
        ?.push(
          outcome.error.hint === undefined
            ? outcome.error.message
            : `${outcome.error.message} (${outcome.error.hint})`,
        );
      return;
    case 'kept':
      report.notice(`${ref} is written once here, and stays at ${outcome.commit}`);
      report.pulled({ ref, commit: outcome.commit, cache, wasHere: true });
      return;
    case 'pulled':
    case 'present':
      report.pulled({ ref, commit: outcome.commit, cache, wasHere: outcome.type === 'present' });
  }
}
