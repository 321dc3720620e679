import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openTaskQueue, requireServer } from './open-queue-client.ts';

/**
 * Does something with the queue that `--root-url` names; Ctrl-C ends it, and says so with `leaves`: what becomes of the
 * tasks then.
 */
export async function withQueue<T>(
  context: CommandContext,
  leaves: string | undefined,
  body: (queue: QueueClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using queue = await openTaskQueue(context);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => process.exit(1) });
  try {
    await requireServer(context, interrupts.signal);
    return await body(queue, interrupts.signal);
  } catch (error) {
    if (interrupts.signal.aborted) throw new CommandError('interrupted', leaves);
    throw error;
  }
}
