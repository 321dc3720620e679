import { type BuilderClient, BuilderClientError, type RemoteBuild } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openImageLog } from './image-log.ts';

/**
 * Shows a build's log until it has ended, and says how. The first Ctrl-C cancels the build and goes on to its end, the second
 * one leaves at once.
 */
export async function followUntilEnd(
  context: CommandContext,
  builder: BuilderClient,
  buildId: string,
): Promise<RemoteBuild> {
  const { stderr, program } = context;
  const leaving = new AbortController();
  using interrupts = listenForInterrupts({
    onFirst: () => stderr.write('\nCancelling the build; once more to leave at once.\n'),
    onSecond: () => leaving.abort(),
  });
  const { signal } = leaving;
  const log = openImageLog(context, buildId);
  const cancelFailed = Promise.withResolvers<never>();
  cancelFailed.promise.catch(() => {}); // told to who waits
  const onInterrupt = (): void =>
    void builder.cancel(buildId, { signal }).catch((error: unknown) => cancelFailed.reject(error));
  interrupts.signal.addEventListener('abort', onInterrupt, { once: true });
  try {
    const following = builder.follow(buildId, { signal, onBytes: log.write });
    const build = await Promise.race([following, cancelFailed.promise]);
    await log.end();
    return build;
  } catch (error) {
    if (signal.aborted)
      throw new CommandError(
        'left',
        `\`${program.name} image status ${buildId}\` says what became of the build.`,
      );
    throw explained(context, buildId, error);
  } finally {
    leaving.abort(); // what still goes on for nobody
  }
}

/** Servers of the original's family may take a build and have nothing to ask about it. */
function explained({ program }: CommandContext, buildId: string, error: unknown): unknown {
  if (!(error instanceof BuilderClientError && error.isUnknownRoute)) return error;
  return new CommandError(
    `the build ${buildId} was started, but the server has no route that says what becomes of it`,
    `Only a Slipway server shows logs and states of builds; with other ones: \`${program.name} image build … --detach\`.`,
  );
}
