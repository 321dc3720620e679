import { collectGarbage, type Removal, type RetentionRules } from '../../artifacts/index.ts';
import { retentionRules } from '../../config/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import type { CommandContext } from '../command.ts';
import type { Collected } from '../events-schema/kept-lines.ts';
import { EXIT } from '../exit-code.ts';
import { RETENTION } from '../flags/kept.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { collectRunLogs, removeLogsOf } from '../kept/run-logs.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { readSettings } from '../read-settings.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

interface Work {
  readonly context: CommandContext;
  readonly rules: RetentionRules;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly sums: { runs: number; artifacts: number; leftovers: number; freedBytes: number };
}

const SUM_OF = { run: 'runs', artifact: 'artifacts', leftover: 'leftovers' } as const;

const count = (amount: number, word: string): string => `${amount} ${word}${amount === 1 ? '' : 's'}`;

function removalLine({ what, name, application, reason, objects, freedBytes }: Removal): string {
  const whose = application === undefined ? '' : ` of ${shownText(application.name)}`;
  const size =
    what === 'run' ? `${count(objects, 'artifact')}, ${formatBytes(freedBytes)}` : formatBytes(freedBytes);
  return `${what} ${shownText(name, 1000)}${whose}: ${shownText(reason, 200)} (${size})`;
}

function say({ context, dryRun, sums }: Work, store: ObjectStore, removal: Removal): void {
  sums[SUM_OF[removal.what]] += 1;
  sums.freedBytes += removal.freedBytes;
  context.stdout.write(
    wantsJson(context)
      ? commandLine('removed', { store: store.name, dryRun, ...removal })
      : `${removalLine(removal)}\n`,
  );
}

async function collect(work: Work, stores: KeptStores): Promise<void> {
  const application = work.context.flags.text('application');
  for (const store of stores.chosen) {
    const collection = collectGarbage(store, {
      rules: work.rules,
      now: Date.now(),
      dryRun: work.dryRun,
      signal: work.signal,
      ownsAll: store === stores.data,
      ...(application !== undefined && { application }),
    });
    for await (const removal of collection) {
      if (store === stores.data && !work.dryRun) await removeLogsOf(work.context, removal);
      say(work, store, removal);
    }
  }
  const { context, dryRun } = work;
  if (application !== undefined || !stores.chosen.includes(stores.data)) return;
  const leftovers = collectRunLogs(context, { store: stores.data, dryRun });
  for await (const removal of leftovers) say(work, stores.data, removal);
}

function summary({ runs, artifacts, leftovers, freedBytes, dryRun }: Collected): string {
  if (runs + artifacts + leftovers === 0) return 'Nothing is to be removed.';
  const what = `${count(runs, 'run')}, ${count(artifacts, 'expired artifact')}, ${count(leftovers, 'leftover')}`;
  const bytes = formatBytes(freedBytes);
  return dryRun
    ? `Would remove ${what}: ${bytes} would be free again.`
    : `Removed ${what}: ${bytes} are free again.`;
}

/** `slipway gc` */
export async function gc(context: CommandContext): Promise<number> {
  const { flags, stdout, stderr } = context;
  const { settings } = await readSettings(
    context,
    RETENTION.map(({ name }) => name),
  );
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  await using stores = await openKeptStores(context);
  const work: Work = {
    context,
    rules: retentionRules(settings),
    dryRun: flags.on('dry-run'),
    signal: interrupts.signal,
    sums: { runs: 0, artifacts: 0, leftovers: 0, freedBytes: 0 },
  };
  try {
    await collect(work, stores);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    stderr.write('Interrupted: the next slipway gc goes on with the rest.\n');
  }
  const collected: Collected = { ...work.sums, dryRun: work.dryRun };
  stdout.write(wantsJson(context) ? commandLine('collected', collected) : `${summary(collected)}\n`);
  return interrupts.signal.aborted ? EXIT.failed : EXIT.passed;
}
