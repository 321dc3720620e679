import { openRunCatalog } from '../../artifacts/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { findRun } from '../find-run.ts';
import { openKeptStores } from '../kept-stores.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

async function setKept(context: CommandContext, kept: boolean): Promise<number> {
  const { positionals, stdout } = context;
  if (positionals.length === 0)
    throw new UsageError(`runs ${kept ? 'keep' : 'release'}: name a run, or latest`);
  await using stores = await openKeptStores(context);
  for (const wanted of positionals) {
    const { runId } = await findRun(stores.runs, wanted);
    // Wherever its record is: each store's rules read their own.
    for (const store of stores.chosen) await openRunCatalog(store).keep(runId, kept);
    stdout.write(
      wantsJson(context)
        ? commandLine('run-kept', { runId, kept })
        : `${runId} ${kept ? 'is kept: no retention rule removes it' : 'is released: the retention rules decide about it'}\n`,
    );
  }
  return EXIT.passed;
}

/** `slipway runs keep RUN...` */
export const runsKeep = (context: CommandContext): Promise<number> => setKept(context, true);

/** `slipway runs release RUN...` */
export const runsRelease = (context: CommandContext): Promise<number> => setKept(context, false);
