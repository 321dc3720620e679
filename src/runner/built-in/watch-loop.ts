import type { FolderWatch } from '../../watch/index.ts';
import type { RunContext } from '../context.ts';
import type { CommandOutcome } from '../session/index.ts';
import type { RunningCode } from './watch-code.ts';

export interface WatchLoop {
  readonly context: RunContext;
  /** Absent: nothing starts the code again. */
  readonly changes?: FolderWatch;
  readonly start: () => RunningCode;
  /** Ends the code where it runs, at the latest when its grace is over; gives how its command ended. */
  readonly stop: (code: RunningCode) => Promise<CommandOutcome>;
  /** Brings what has changed into the box. */
  readonly update: () => Promise<void>;
  /** Aborts when the person is done with watching. */
  readonly done: AbortSignal;
}

/**
 * Runs the code until the person is done with it, again after each change. Gives how the shell was lost, if it was:
 * nothing else ends it before.
 */
export async function watchLoop(loop: WatchLoop): Promise<CommandOutcome | undefined> {
  const { context, changes, start, stop, update, done } = loop;
  const told = { restless: false };
  for (;;) {
    const code = start();
    const next = changes?.next(done) ?? aborted(done);
    const first = await Promise.race([code.ended, next.catch(() => undefined)]);
    if (first !== undefined && 'type' in first) {
      if (first.type !== 'finished') return await lost(first, next);
      context.flushOutput();
      context.notice('info', endedText(first.exitCode, changes !== undefined));
    }
    const found = await next.catch((error: unknown) => stopFor(error, loop, code));
    if (found === undefined) return undefined;
    context.flushOutput();
    context.notice('info', `--> Reloading: ${inWords(found.paths)}`);
    if (found.restless && !told.restless) {
      told.restless = true;
      context.notice('warning', RESTLESS);
    }
    const outcome = await stop(code);
    if (outcome.type !== 'finished') return outcome;
    await update();
  }
}

/** What is under way when the shell is lost must not reject with nobody there. */
async function lost(outcome: CommandOutcome, next: Promise<unknown>): Promise<CommandOutcome> {
  next.catch(() => undefined);
  return await Promise.resolve(outcome);
}

/** The person is done, or the watch is lost, which is an error; the code is ended either way. */
async function stopFor(error: unknown, { done, stop }: WatchLoop, code: RunningCode): Promise<undefined> {
  await stop(code);
  if (!done.aborted) throw error;
  return undefined;
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const RESTLESS =
  'files change without a rest, so the code starts again every five seconds at most; name in .gitignore what the code itself writes';

const endedText = (exitCode: number, reloads: boolean): string =>
  reloads
    ? `The code ended with exit code ${exitCode}; it starts again when a file changes`
    : `The code ended with exit code ${exitCode}; what it left running goes on until Ctrl-C`;

const SHOWN = 3;

/** `a, b, c and 12 more` */
export function inWords(paths: readonly string[]): string {
  const shown = paths.slice(0, SHOWN).map((path) => path.replaceAll(/\p{Cc}/gu, '?'));
  const more = paths.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
