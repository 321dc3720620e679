import {
  CacheError,
  PUSH_LIMITS,
  type PushOptions,
  type PushTarget,
  parsePushUrl,
  pushRefs,
  pushTargetName,
  type Ref,
  type Repository,
  sshCommand,
} from '../../cache/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { type OpenCache, openCache } from '../open-cache.ts';
import { createPushReport } from '../push/report.ts';

interface NamedTarget {
  readonly name: string;
  readonly target: PushTarget;
}

/** `slipway cache push REF...` */
export async function cachePush(context: CommandContext): Promise<number> {
  const { positionals } = context;
  if (positionals.length === 0)
    throw new UsageError('cache push: what? Name a ref, or PREFIX/ for all below it');
  const options = askedOptions(context);
  await using cache = await openCache(context);
  const refs = await askedRefs(cache.repository, positionals);
  const targets = await targetsOf(context, cache);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  let failures = 0;
  for (const { name, target } of targets) {
    using report = createPushReport(context, name);
    try {
      const telling = { onProgress: report.progress, onNotice: report.notice };
      report.done(await pushRefs(cache.repository, refs, target, { ...options, ...telling, signal }));
    } catch (error) {
      if (signal.aborted) throw interrupted();
      if (!(error instanceof CacheError)) throw error;
      report.failed(error);
      failures += 1;
    }
  }
  return failures === 0 ? EXIT.passed : EXIT.failed;
}

const interrupted = (): CommandError =>
  new CommandError(
    'interrupted',
    'The same command goes on where it was left, where the receiver is Slipway.',
  );

function askedOptions({ flags, environment }: CommandContext): PushOptions {
  const retries = flags.required('retries');
  if (!/^\d{1,3}$/.test(retries)) {
    throw new UsageError(`--retries: expected a whole number from 0 to 999, found "${retries}"`);
  }
  const seconds = flags.number('answer-timeout');
  const answerMs = (seconds ?? 0) * 1000;
  const limits = seconds === undefined ? PUSH_LIMITS : { firstAnswerMs: answerMs, answerMs };
  return { ssh: sshCommand(environment), retries: Number(retries), limits };
}

/** Refs as they are named, each once; all below a prefix where a word ends in a slash. */
async function askedRefs(repository: Repository, words: readonly string[]): Promise<Ref[]> {
  const refs = new Map<string, Ref>();
  for (const word of words) for (const ref of await refsOf(repository, word)) refs.set(ref.ref, ref);
  return [...refs.values()];
}

async function refsOf(repository: Repository, word: string): Promise<readonly Ref[]> {
  if (word.endsWith('/')) {
    const below = await repository.listRefs({ prefix: word.slice(0, -1) });
    if (below.length > 0) return below;
  } else {
    const commit = await repository.readRef(word);
    if (commit !== undefined) return [{ ref: word, commit }];
  }
  const what = word.endsWith('/') ? `nothing below ${word}` : `no artifact ${word}`;
  throw new CommandError(
    `there is ${what} in ${repository.folder}`,
    '`slipway cache list` says what there is.',
  );
}

/** Where to: what the line says, else every configured cache that something can be pushed to. */
async function targetsOf({ flags }: CommandContext, cache: OpenCache): Promise<readonly NamedTarget[]> {
  const port = flags.number('push-port');
  if (flags.given('push-url')) {
    return flags.all('push-url').map((url) => named(parsePushUrl(url, port)));
  }
  if (port !== undefined)
    throw new UsageError('--push-port is for --push-url: the configuration has its own');
  const targets = (await cache.remotes()).flatMap(({ name, push }) =>
    push === undefined ? [] : [{ name, target: push }],
  );
  if (targets.length > 0) return targets;
  throw new CommandError(
    'not configured for pushing artifacts: no cache of the configuration has a push address',
    'Give one with --push-url, or under "artifacts" in the configuration.',
  );
}

const named = (target: PushTarget): NamedTarget => ({ name: pushTargetName(target), target });
