import { formatBytes } from '../../kernel/index.ts';
import type { Usage } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { withQueue } from '../tasks/with-queue.ts';

const COLUMNS = [
  { title: 'PROJECT' },
  { title: 'RUNS', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'MINUTES', align: 'right' },
  { title: 'STORED', align: 'right' },
] as const;

/** `slipway usage` */
export async function usage(context: CommandContext): Promise<number> {
  const { flags, stdout, stderr } = context;
  const range = { from: flags.text('from'), to: flags.text('to') };
  const { from, to, projects } = await withQueue(context, undefined, (queue, signal) =>
    queue.usage(range, { signal }),
  );
  if (wantsJson(context)) {
    for (const { project, runs, failedRuns, minutes, bytes } of projects)
      stdout.write(commandLine('usage', { project, from, to, runs, failedRuns, minutes, bytes }));
  } else if (projects.length > 0) stdout.write(`${table(projects).join('\n')}\n`);
  if (projects.length === 0) stderr.write(`Nothing ran from ${from} to ${to}.\n`);
  return EXIT.passed;
}

function table(projects: Usage['projects']): string[] {
  const rows = projects.map(({ project, runs, failedRuns, minutes, bytes }) => [
    { text: shownText(project) },
    { text: String(runs) },
    { text: String(failedRuns) },
    { text: minutes.toFixed(1) },
    { text: formatBytes(bytes) },
  ]);
  return tableLines(COLUMNS, rows);
}
