import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { personAt } from '../person.ts';
import { waitForDrain } from '../render/drain.ts';
import { dialShell, type RemoteTerminal } from '../tasks/dial-shell.ts';
import { askedRun, askedTask } from '../tasks/task-ids.ts';
import { withQueue } from '../tasks/with-queue.ts';

const DEFAULT_COMMAND = ['sh'];
const STOPS = 'the task itself goes on';

/** `slipway task shell TASK [-- COMMAND...]`: ends as the command did. */
export async function taskShell(context: CommandContext): Promise<number> {
  const taskId = askedTask(context, 'task shell');
  const asked = askedRun(context);
  const words = context.positionals.slice(1);
  const command = words.length === 0 ? DEFAULT_COMMAND : words;
  return await withQueue(context, STOPS, async (queue, signal) => {
    const { runs } = await queue.status(taskId, { signal });
    const runId = asked ?? Math.max(0, runs.length - 1);
    const state = runs[runId]?.state ?? 'not there';
    if (state !== 'running')
      throw new CommandError(`run ${runId} of task ${taskId} is ${state}: only a running one has a shell`);
    const open = (): Promise<RemoteTerminal> => dialShell({ queue, taskId, runId, command, signal });
    return await talk(context, open, signal);
  });
}

async function talk(
  context: CommandContext,
  open: () => Promise<RemoteTerminal>,
  signal: AbortSignal,
): Promise<number> {
  await using terminal = await open();
  const person = personAt(context);
  const code =
    person === undefined
      ? await passThrough(context, terminal, signal)
      : await person.connect(async (size) => {
          await terminal.resize(size);
          return terminal;
        }, signal);
  if (terminal.problem !== undefined) throw new CommandError(`the shell has ended: ${terminal.problem}`);
  return code < 0 ? EXIT.failed : code;
}

/** Without a person: what comes on standard input is typed, and what is printed is printed. */
async function passThrough(
  { stdin, stdout }: CommandContext,
  terminal: RemoteTerminal,
  signal: AbortSignal,
): Promise<number> {
  const typed = (bytes: Buffer): void => void terminal.write(bytes);
  const end = (): void => terminal.endInput();
  stdin.on('data', typed).once('end', end);
  const stop = (): void => void terminal[Symbol.asyncDispose]();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const bytes of terminal.output) if (!stdout.write(bytes)) await waitForDrain(stdout);
    signal.throwIfAborted();
    return await terminal.ended;
  } finally {
    signal.removeEventListener('abort', stop);
    stdin.off('data', typed).off('end', end).pause();
  }
}
