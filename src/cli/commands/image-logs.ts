import { type BuilderClient, BuilderClientError, type RemoteBuild } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { readBuildId } from '../images/build-ids.ts';
import { openImageLog } from '../images/image-log.ts';
import { shownLines, shownState } from '../images/shown-build.ts';
import { withBuilder } from '../images/with-builder.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image logs [BUILD]` */
export async function imageLogs(context: CommandContext): Promise<number> {
  const [asked] = context.positionals;
  const named = asked === undefined ? undefined : readBuildId(asked);
  return await withBuilder(context, async (builder, signal) => {
    const id = named ?? (await newest(context, builder, signal));
    await show(context, builder, { id, signal });
    return EXIT.passed;
  });
}

async function newest(context: CommandContext, builder: BuilderClient, signal: AbortSignal): Promise<string> {
  const [build] = await builder.list({ limit: 1 }, { signal });
  if (build === undefined)
    throw new CommandError(
      'there is no build of yours',
      `\`${context.program.name} image build\` starts one.`,
    );
  if (!wantsJson(context)) context.stderr.write(`Build ${build.id}\n`);
  return build.id;
}

interface Shown {
  readonly id: string;
  readonly signal: AbortSignal;
}

/** Until the log ends, or nobody reads it any more. */
async function show(context: CommandContext, builder: BuilderClient, { id, signal }: Shown): Promise<void> {
  const left = new AbortController();
  const log = openImageLog(context, id, () => left.abort());
  const following = { signal: AbortSignal.any([signal, left.signal]), onBytes: log.write };
  try {
    const build = context.flags.on('follow')
      ? await builder.follow(id, following)
      : await builder.log(id, following).then(() => undefined);
    await log.end();
    if (build !== undefined) tellEnd(context, build);
  } catch (error) {
    if (left.signal.aborted) return;
    throw error instanceof BuilderClientError && error.isUnknownRoute
      ? new CommandError(error.message, 'Only a Slipway server keeps the logs of builds.')
      : error;
  }
}

function tellEnd(context: CommandContext, build: RemoteBuild): void {
  if (wantsJson(context)) return;
  const { stderr } = context;
  if (build.reusedFrom !== undefined)
    stderr.write(`Nothing was built: it is the image of ${build.reusedFrom}\n`);
  if (build.state === 'succeeded') return;
  const why = build.message === undefined ? '' : `: ${shownLines(build.message)}`;
  stderr.write(`${build.id}: ${shownState(build)}${why}\n`);
}
