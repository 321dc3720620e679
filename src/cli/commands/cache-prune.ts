import { type Pruned, prune } from '../../cache/index.ts';
import { DURATION_EXAMPLES, formatBytes, parseDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openCache } from '../open-cache.ts';
import { readSize } from '../read-size.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway cache prune` */
export async function cachePrune(context: CommandContext): Promise<number> {
  const { flags } = context;
  const isDryRun = flags.on('dry-run');
  const quotaBytes = readSize(flags, 'quota');
  const graceMs = readGrace(flags);
  await using cache = await openCache(context);
  const { repository } = cache;
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  try {
    const pruned = await prune(repository, {
      isDryRun,
      graceMs,
      signal,
      ...(quotaBytes !== undefined && { quotaBytes }),
    });
    const limit = quotaBytes ?? repository.settings.quotaBytes;
    report(context, repository.folder, { pruned, isDryRun, ...(limit !== undefined && { limit }) });
    return EXIT.passed;
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted', 'The next prune goes on where this one was.');
    throw error;
  }
}

function readGrace(flags: FlagValues): number {
  const text = flags.required('grace');
  const ms = /^0[smhdw]?$/.test(text) ? 0 : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--grace: expected ${DURATION_EXAMPLES}, or 0, found "${text}"`);
}

interface Outcome {
  readonly pruned: Pruned;
  readonly isDryRun: boolean;
  /** What may be there. */
  readonly limit?: number;
}

const count = (amount: number, word: string): string => `${amount} ${word}${amount === 1 ? '' : 's'}`;

function report(context: CommandContext, repository: string, { pruned, isDryRun, limit }: Outcome): void {
  const { stdout, stderr } = context;
  const { refs, objects, bytes, leftRefs, leftBytes, incomplete } = pruned;
  if (wantsJson(context)) {
    const left = { leftRefs, leftBytes, incomplete };
    stdout.write(
      commandLine('cache-pruned', {
        repository,
        dryRun: isDryRun,
        refs,
        objects,
        freedBytes: bytes,
        ...left,
      }),
    );
    return;
  }
  const [removed, freed] = isDryRun ? ['Would remove', 'Would free'] : ['Removed', 'Freed'];
  for (const ref of refs) stdout.write(`${removed} ${ref}\n`);
  stdout.write(
    `${freed} ${formatBytes(bytes)} in ${count(objects, 'object')}; ${formatBytes(leftBytes)} in ${count(leftRefs, 'ref')} stay\n`,
  );
  if (limit !== undefined && leftBytes > limit)
    stderr.write(
      `warning: that is more than ${formatBytes(limit)}: the rest is pinned, or was used within --grace\n`,
    );
  for (const { ref, problem } of incomplete)
    stderr.write(`warning: ${ref} is not whole: ${problem}; \`slipway cache fsck\` says more\n`);
}
