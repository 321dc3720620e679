import type { BuilderClient, BuildOrder, RemoteBuild, StartedBuild } from '../../builder-client/index.ts';
import { hasEnded } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { readBuildOrder } from '../images/build-order.ts';
import { followUntilEnd } from '../images/follow-build.ts';
import { buildLine, exitCodeOf, imageLines, shownBuild, shownLines } from '../images/shown-build.ts';
import { openBuilder } from '../images/with-builder.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';

/** `slipway image build SOURCE TARGET` */
export async function imageBuild(context: CommandContext): Promise<number> {
  const { builder, identity } = await openBuilder(context);
  const order = await readBuildOrder(context, identity.login);
  const started = await start(context, builder, order);
  tellStarted(context, started);
  if (context.flags.on('detach')) return EXIT.passed;
  const known = started.build !== undefined && hasEnded(started.build) ? started.build : undefined;
  const build = known ?? (await followUntilEnd(context, builder, started.id));
  // As JSON it was told with the answer already.
  if (known === undefined || !wantsJson(context)) tellEnded(context, build);
  return exitCodeOf(build);
}

/** Until the answer is there nothing is known that could be cancelled: Ctrl-C waits for it, and then ends the build. */
async function start(
  context: CommandContext,
  builder: BuilderClient,
  order: BuildOrder,
): Promise<StartedBuild> {
  const leaving = new AbortController();
  using interrupts = listenForInterrupts({
    onFirst: () =>
      context.stderr.write('\nCancelling the build when it is taken; once more to leave at once.\n'),
    onSecond: () => leaving.abort(),
  });
  const { signal } = leaving;
  try {
    const started = await builder.start(order, { signal });
    if (!interrupts.signal.aborted) return started;
    await builder.cancel(started.id, { signal });
    throw new CommandError('interrupted', `The build ${started.id} was cancelled.`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandError(
      'interrupted before the server had answered',
      `\`${context.program.name} image builds\` says whether it took the build.`,
    );
  }
}

/** The log alone goes to standard output, and under `--detach` what a script needs. */
function tellStarted(context: CommandContext, { id, jobName, build, warnings }: StartedBuild): void {
  const { stdout, stderr, program, flags } = context;
  if (wantsJson(context)) {
    for (const message of warnings)
      stdout.write(commandLine('image-build-notice', { buildId: id, message: shownText(message, 500) }));
    stdout.write(commandLine('image-build', shownBuild(build ?? { id, jobName, state: 'queued' })));
    return;
  }
  for (const message of warnings) stderr.write(`${shownText(message, 500)}\n`);
  if (flags.on('detach')) stdout.write(`${id}\n`);
  if (build !== undefined && hasEnded(build)) return;
  const style = createStyle(usesColour(stderr, context));
  stderr.write(`Build ${style(id, 'yellow')}; \`${program.name} image logs ${id}\` shows it\n`);
}

function tellEnded(context: CommandContext, build: RemoteBuild): void {
  const { stdout, stderr } = context;
  if (wantsJson(context)) {
    stdout.write(commandLine('image-build', shownBuild(build)));
    return;
  }
  const lines = [
    buildLine(build),
    ...(build.message === undefined ? [] : [shownLines(build.message)]),
    ...imageLines(build),
  ];
  stderr.write(`${lines.join('\n')}\n`);
}
