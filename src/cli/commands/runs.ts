import type { RunRecord } from '../../artifacts/index.ts';
import { DURATION_EXAMPLES, parseDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import type { ShownRun } from '../events-schema/kept-lines.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { findRun } from '../find-run.ts';
import { runPage, runTable } from '../kept/run-lines.ts';
import { type RunFilter, selectRuns } from '../kept/select-runs.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';

const NAMED_DAMAGED = 5;

const shownRun = ({ version: _, owner: __, ...run }: RunRecord): ShownRun => run;

function sinceOf(text: string | undefined): Pick<RunFilter, 'since'> {
  if (text === undefined) return {};
  const ms = parseDuration(text);
  if (ms !== undefined) return { since: Date.now() - ms };
  throw new UsageError(`--since: expected ${DURATION_EXAMPLES}, found "${text}"`);
}

function filterOf({ flags }: CommandContext): RunFilter {
  const words = (['application', 'pipeline', 'result'] as const).flatMap((name) => {
    const value = flags.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(words),
    ...sinceOf(flags.text('since')),
    limit: Math.ceil(flags.number('limit') ?? 20),
  };
}

function warnOfDamaged({ stderr }: CommandContext, damaged: readonly string[]): void {
  const shown = damaged.slice(0, NAMED_DAMAGED);
  for (const id of shown)
    stderr.write(`warning: the record of run ${id} cannot be read: slipway runs ${id} says why\n`);
  const more = damaged.length - shown.length;
  if (more > 0) stderr.write(`warning: ${more} more records cannot be read\n`);
}

async function list(context: CommandContext, { runs: store }: KeptStores): Promise<number> {
  const { stdout, stderr } = context;
  const filter = filterOf(context);
  const { runs, damaged } = await selectRuns(store, filter);
  if (wantsJson(context)) for (const run of runs) stdout.write(commandLine('run', shownRun(run)));
  else if (runs.length > 0) {
    const style = createStyle(usesColour(stdout, context));
    stdout.write(`${runTable(runs, style, Date.now()).join('\n')}\n`);
  }
  warnOfDamaged(context, damaged);
  if (runs.length > 0) return EXIT.passed;
  const isFiltered = Object.keys(filter).length > 1;
  stderr.write(
    isFiltered
      ? 'No run is like that: slipway runs lists all of them.\n'
      : `No run is kept in ${store.name} yet: slipway build makes one.\n`,
  );
  return EXIT.passed;
}

/** `slipway runs`, `slipway runs RUN` */
export async function runs(context: CommandContext): Promise<number> {
  const { positionals, stdout } = context;
  const [wanted] = positionals;
  await using stores = await openKeptStores(context);
  if (wanted === undefined) return await list(context, stores);
  const run = await findRun(stores.runs, wanted);
  if (wantsJson(context)) {
    stdout.write(commandLine('run', shownRun(run)));
    return EXIT.passed;
  }
  const page = runPage(run, {
    style: createStyle(usesColour(stdout, context)),
    now: Date.now(),
    columns: stdout.columns || undefined,
    placeOf: stores.placeOf,
  });
  stdout.write(`${page.join('\n')}\n`);
  return EXIT.passed;
}
