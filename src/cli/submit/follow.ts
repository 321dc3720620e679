import type { TaskStatus } from '../../queue-api/index.ts';
import { type QueueClient, QueueClientError } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { followTask } from '../tasks/follow-task.ts';
import { createLogOutput } from '../tasks/log-output.ts';

export interface Following {
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly logName: string;
}

/**
 * Shows a task's log until it has ended, and says how. The first Ctrl-C cancels the task and goes on to its end, the second
 * one leaves at once.
 */
export async function followSubmission(
  context: CommandContext,
  { queue, taskId, logName }: Following,
): Promise<TaskStatus> {
  const { stderr, program } = context;
  const leaving = new AbortController();
  using interrupts = listenForInterrupts({
    onFirst: () => stderr.write('\nCanceling the task; once more to leave at once.\n'),
    onSecond: () => leaving.abort(),
  });
  const { signal } = leaving;
  const output = createLogOutput(context, taskId);
  const canceling = once(interrupts.signal, () => cancel(queue, taskId, signal));
  try {
    const following = followTask({
      queue,
      taskId,
      logName,
      signal,
      onBytes: (bytes, runId) => output.write(bytes, runId),
    });
    const status = await Promise.race([following, canceling.failed]);
    await output.end(status.runs.length - 1);
    return status;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandError('left', `\`${program.name} task status ${taskId}\` says what became of the task.`);
  } finally {
    canceling[Symbol.dispose]();
    leaving.abort(); // what still goes on for nobody
  }
}

/** Does something when a signal aborts; `failed` rejects with what went wrong with it, and never resolves. */
function once(
  signal: AbortSignal,
  work: () => Promise<void>,
): Disposable & { readonly failed: Promise<never> } {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // told to who waits
  const onAbort = (): void => void work().catch(reject);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return { failed, [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort) };
}

/** One that has ended meanwhile needs no end. */
async function cancel(queue: QueueClient, taskId: string, signal: AbortSignal): Promise<void> {
  try {
    await queue.cancelTask(taskId, { signal });
  } catch (error) {
    if (signal.aborted || (error instanceof QueueClientError && error.status === 409)) return;
    throw error;
  }
}
