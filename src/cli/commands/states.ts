import { resolve } from 'node:path';
import { formatBytes } from '../../kernel/index.ts';
import { type ListedRun, type ListedState, listStates } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

function stateRow(state: ListedState, width: number): string {
  const place = state.index === 0 ? '' : `step-${state.index}`;
  const cost = `kept in ${Math.round(state.durationMs)} ms`;
  const gone = state.gone ? '  its image is gone' : '';
  return `  ${place.padEnd(8)}  ${state.name.padEnd(width)}  ${formatBytes(state.sizeBytes).padStart(10)}  ${cost}${gone}`;
}

function runLines({ runId, kind, pipeline, application, at, mounts, states }: ListedRun): string[] {
  const width = Math.max(...states.map(({ name }) => name.length), 0);
  const not = mounts.length === 0 ? [] : [`  without what is mounted: ${mounts.join(', ')}`];
  return [
    `${runId}  ${kind} ${pipeline} of ${application}, ${new Date(at).toISOString()}`,
    ...states.map((state) => stateRow(state, width)),
    ...not,
  ];
}

/** `slipway states` */
export async function states(context: CommandContext): Promise<number> {
  const { flags, currentFolder, stdout, stderr } = context;
  await using engine = await openEngineFor(context);
  const runs = await listStates(engine, resolve(currentFolder, flags.required('working-dir')));
  if (wantsJson(context)) {
    for (const run of runs) stdout.write(commandLine('states', run));
    return EXIT.passed;
  }
  for (const line of runs.flatMap(runLines)) stdout.write(`${line}\n`);
  if (runs.length === 0) stderr.write('No run has kept states here: slipway build --keep-steps does.\n');
  return EXIT.passed;
}
