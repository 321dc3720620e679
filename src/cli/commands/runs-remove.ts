import { type Removal, type RunRecord, removeRuns } from '../../artifacts/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { findRun } from '../find-run.ts';
import { removeLogsOf } from '../kept/run-logs.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { createPrompt } from '../prompt.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

function refuseFixed({ runId, kept, result }: RunRecord): void {
  if (kept) {
    const hint = `slipway runs release ${runId} lets go of it, --force removes it all the same.`;
    throw new CommandError(`the run ${runId} is kept`, hint);
  }
  if (result === 'running') {
    const hint = 'Stop it first; --force removes what there is of it, for a run whose machine is gone.';
    throw new CommandError(`the run ${runId} goes on, as far as can be told from here`, hint);
  }
}

async function isWanted(
  { flags, stdin, stderr }: CommandContext,
  runs: readonly RunRecord[],
): Promise<boolean> {
  if (flags.on('yes') || stdin.isTTY !== true || flags.text('output') === 'json') return true;
  const what = runs.length === 1 ? `run ${runs[0]?.runId}` : `${runs.length} runs`;
  using prompt = createPrompt(stdin, stderr);
  const answer = await prompt.ask(`Remove ${what} with all that was produced? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

function say(context: CommandContext, store: string, removal: Removal): void {
  context.stdout.write(
    wantsJson(context)
      ? commandLine('removed', { store, dryRun: false, ...removal })
      : `Removed run ${removal.name} from ${store}: ${formatBytes(removal.freedBytes)} are free again\n`,
  );
}

/** The data folder's record goes last: as long as it is there, what is left elsewhere can be named by its id. */
async function remove(
  context: CommandContext,
  stores: KeptStores,
  runs: readonly RunRecord[],
): Promise<void> {
  const ids = runs.map(({ runId }) => runId);
  for (const store of stores.chosen.toReversed()) {
    for await (const removal of removeRuns(store, ids)) {
      if (store === stores.data) await removeLogsOf(context, removal);
      say(context, store.name, removal);
    }
  }
}

/** `slipway runs remove RUN...` */
export async function runsRemove(context: CommandContext): Promise<number> {
  const { flags, positionals, stderr } = context;
  if (positionals.length === 0) throw new UsageError('runs remove: name a run, or latest');
  await using stores = await openKeptStores(context);
  const runs: RunRecord[] = [];
  for (const wanted of positionals) runs.push(await findRun(stores.runs, wanted));
  if (!flags.on('force')) for (const run of runs) refuseFixed(run);
  if (!(await isWanted(context, runs))) {
    stderr.write('Nothing was removed.\n');
    return EXIT.failed;
  }
  await remove(context, stores, runs);
  return EXIT.passed;
}
