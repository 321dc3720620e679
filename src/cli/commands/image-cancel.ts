import { type BuilderClient, BuilderClientError } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { askedBuilds } from '../images/build-ids.ts';
import { shownBuild, shownState } from '../images/shown-build.ts';
import { withBuilder } from '../images/with-builder.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image cancel BUILD...`: that one of them cannot be ended keeps no other from its end. */
export async function imageCancel(context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const ids = askedBuilds(context, 'image cancel');
  const failures: BuilderClientError[] = [];
  const cancelOne = async (builder: BuilderClient, id: string, signal: AbortSignal): Promise<void> => {
    try {
      const build = await builder.cancel(id, { signal });
      stdout.write(
        wantsJson(context) ? commandLine('image-build', shownBuild(build)) : `${id}: ${shownState(build)}\n`,
      );
    } catch (error) {
      // Without an answer, or without the route, there is none for the others either.
      const isOwn =
        error instanceof BuilderClientError && error.status !== undefined && !error.isUnknownRoute;
      if (!isOwn) throw error;
      failures.push(error);
      if (ids.length > 1) stderr.write(`${id}: ${error.message}\n`);
    }
  };
  await withBuilder(context, async (builder, signal) => {
    for (const id of ids) await cancelOne(builder, id, signal);
  });
  const [first] = failures;
  if (first !== undefined && ids.length === 1) throw first;
  return failures.length > 0 ? EXIT.failed : EXIT.passed;
}
