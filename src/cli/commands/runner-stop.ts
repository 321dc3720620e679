import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { isRunning, listRecords, type RunnerRecord, removeRecord } from '../runners/records.ts';
import { baseName, withoutImage } from '../runners/runner-request.ts';
import { runnersFolder } from '../runners/runners-folder.ts';
import { shownRunner } from '../runners/shown-runner.ts';

const TIME_TO_END_MS = 60_000;
const LOOK_MS = 100;

/** `slipway runner stop` */
export async function runnerStop(context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  for (const sentence of withoutImage(context)) stderr.write(`warning: ${sentence}\n`);
  const folder = await runnersFolder(context);
  const records = await listRecords(folder, baseName(context));
  const running = records.filter(isRunning);
  for (const { name } of records.filter((record) => !isRunning(record))) await removeRecord(folder, name);
  if (running.length === 0) throw new CommandError('There are no runners to terminate');
  await Promise.all(
    running.map(async (record) => {
      await endRunner(record);
      await removeRecord(folder, record.name);
      stdout.write(
        wantsJson(context) ? commandLine('runner', shownRunner(record)) : `${record.name} has ended\n`,
      );
    }),
  );
  return EXIT.passed;
}

/** Told to end, it gives its tasks back to the queue; one that does not end is killed, and they go back when their claims lapse. */
async function endRunner(record: RunnerRecord): Promise<void> {
  signal(record.pid, 'SIGTERM');
  for (const until = Date.now() + TIME_TO_END_MS; isRunning(record); await sleep(LOOK_MS)) {
    if (Date.now() < until) continue;
    signal(record.pid, 'SIGKILL');
    return;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw new CommandError(`process ${pid} could not be told to end: ${(error as Error).message}`); // what kill throws
  }
}
