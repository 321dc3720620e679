import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { StopReason, WorkerRunner } from '../../worker/index.ts';
import { CommandError } from '../command-error.ts';
import type { FlagValues } from '../flag-values.ts';

/** What "shut down" means for a worker that stopped by itself: the parent is asked, a command is run, or nothing more happens. */
export async function shutDownMachine(
  reason: StopReason,
  flags: FlagValues,
  runner: WorkerRunner | undefined,
): Promise<void> {
  // Whoever sent a signal knows what is to become of the machine.
  if (reason === 'signal') return;
  if (runner?.shutdown()) return;
  const text = flags.text('shutdown-command') ?? (flags.on('shutdown') ? 'shutdown -h now' : undefined);
  const [command, ...words] = text?.split(/\s+/).filter(Boolean) ?? [];
  if (command === undefined) return;
  const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`cannot run the shutdown command "${command}": ${why}`);
  });
  if (code !== 0) throw new CommandError(`the shutdown command "${command}" ended with exit code ${code}`);
}
