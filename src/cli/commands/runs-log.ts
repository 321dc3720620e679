import { runLogName } from '../../artifacts/index.ts';
import { LogError } from '../../logs/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { findRun } from '../find-run.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openRunLogs } from '../open-run-logs.ts';
import { openDataStore } from '../open-stores.ts';
import { commandLine } from '../render/command-line.ts';
import { openLogOutput } from '../render/log-output.ts';

/** `slipway runs log [RUN]` */
export async function runsLog(context: CommandContext): Promise<number> {
  const left = new AbortController();
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const signal = AbortSignal.any([interrupts.signal, left.signal]);
  await using data = await openDataStore(context);
  const { runId, result } = await findRun(data, context.positionals[0]);
  const name = runLogName(runId, 'log');
  if (name === undefined) throw noLog(runId);
  const logs = await openRunLogs(context, { data });
  const output = openLogOutput(context, {
    line: (text) => commandLine('run-log', { runId, text }),
    onLeft: () => left.abort(),
  });
  const follow = context.flags.on('follow');
  const awaited = follow && result === 'running';
  try {
    for await (const chunk of logs.read(name, { follow, awaited, signal })) await output.write(chunk);
    await output.end();
  } catch (error) {
    if (interrupts.signal.aborted) return EXIT.failed;
    if (left.signal.aborted) return EXIT.passed;
    throw error instanceof LogError && error.code === 'NOT_FOUND' ? noLog(runId) : error;
  }
  return EXIT.passed;
}

const noLog = (runId: string): CommandError =>
  new CommandError(
    `there is no log of the run ${runId} on this machine`,
    'Runs of earlier versions, and those of other machines, have none here.',
  );
