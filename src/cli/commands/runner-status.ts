import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { formatAge } from '../render/age.ts';
import { tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { isRunning, listRecords, removeRecord } from '../runners/records.ts';
import { baseName, withoutImage } from '../runners/runner-request.ts';
import { runnersFolder } from '../runners/runners-folder.ts';
import { shownRunner } from '../runners/shown-runner.ts';

const COLUMNS = [
  { title: 'RUNNER' },
  { title: 'GROUP' },
  { title: 'QUEUE' },
  { title: 'PROCESS', align: 'right' },
  { title: 'STARTED', align: 'right' },
] as const;

/** `slipway runner status`: those that run; of those that have ended, nothing is kept. */
export async function runnerStatus(context: CommandContext): Promise<number> {
  const { stdout, stderr, flags } = context;
  for (const sentence of withoutImage(context)) stderr.write(`warning: ${sentence}\n`);
  const folder = await runnersFolder(context);
  const records = await listRecords(folder, flags.given('name') ? baseName(context) : undefined);
  const running = records.filter(isRunning);
  for (const { name } of records.filter((record) => !isRunning(record))) await removeRecord(folder, name);
  if (wantsJson(context))
    for (const record of running) stdout.write(commandLine('runner', shownRunner(record)));
  else if (running.length > 0) {
    const now = Date.now();
    const rows = running.map(({ name, group, queue, pid, startedAt }) => [
      { text: name },
      { text: group },
      { text: queue },
      { text: String(pid) },
      { text: formatAge(startedAt, now) },
    ]);
    stdout.write(`${tableLines(COLUMNS, rows).join('\n')}\n`);
  }
  if (running.length === 0) stderr.write('No runner runs on this machine.\n');
  return EXIT.passed;
}
