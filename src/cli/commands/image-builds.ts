import type { RemoteBuild } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { shownBuild, shownState, timesText } from '../images/shown-build.ts';
import { withBuilder } from '../images/with-builder.ts';
import { formatAge } from '../render/age.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const COLUMNS = [
  { title: 'BUILD' },
  { title: 'STATE' },
  { title: 'TARGET' },
  { title: 'KIND' },
  { title: 'CREATED', align: 'right' },
  { title: 'TIMES' },
] as const;

/** `slipway image builds` */
export async function imageBuilds(context: CommandContext): Promise<number> {
  const { stdout, stderr, flags } = context;
  const limit = Math.ceil(flags.number('limit') ?? 50);
  const state = flags.text('state') as RemoteBuild['state'] | undefined; // the table names its choices
  const builds = await withBuilder(context, (builder, signal) =>
    builder.list({ limit, ...(state !== undefined && { states: [state] }) }, { signal }),
  );
  if (wantsJson(context))
    for (const build of builds) stdout.write(commandLine('image-build', shownBuild(build)));
  else if (builds.length > 0) stdout.write(`${table(builds).join('\n')}\n`);
  if (builds.length === 0)
    stderr.write(`There is no build of yours${state === undefined ? '' : ` that is ${state}`}.\n`);
  return EXIT.passed;
}

function table(builds: readonly RemoteBuild[]): string[] {
  const now = Date.now();
  const rows = builds.map((build) => [
    { text: build.id },
    { text: shownState(build) },
    { text: shownText(build.target ?? '', 80) },
    { text: shownText(build.kind ?? '') },
    { text: build.createdAt === undefined ? '' : formatAge(Date.parse(build.createdAt), now) },
    { text: timesText(build) },
  ]);
  return tableLines(COLUMNS, rows);
}
