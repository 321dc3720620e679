import { setTimeout as delay } from 'node:timers/promises';
import { type FolderWatch, WatchError, watchFolder } from '../../watch/index.ts';
import type { Box } from '../box.ts';
import { explainBoxEnd } from '../box-end.ts';
import type { RunContext } from '../context.ts';
import { endProcesses } from '../end-processes.ts';
import { RunError } from '../failure.ts';
import type { CommandOutcome } from '../session/index.ts';
import { CODE_FILE } from '../stage-files.ts';
import { updateSource } from '../stage-source.ts';
import { bringChanges, compareSource, listSource } from '../states/source-changes.ts';
import { type StepVerdict, stepVerdict } from '../step-outcome.ts';
import { stepCommand, stepFolder } from '../step-script.ts';
import { type BuiltIn, type BuiltInRun, type BuiltInVerdict, PASSED } from './built-in.ts';
import { END_LEFT_TEXT, PREPARE_TEXT, type RunningCode, startCode } from './watch-code.ts';
import { watchIgnore } from './watch-ignore.ts';
import { watchLoop } from './watch-loop.ts';

/** `internal/watch`: code that goes on until the person is done with it, started again when a file changes. */
export const watch: BuiltIn = {
  untimed: true,
  async run(context, box, run) {
    const entered = await enter(box, run);
    if (entered.result !== 'passed') return entered;
    const done = new AbortController();
    const onAbort = (): void => done.abort();
    run.signal.addEventListener('abort', onAbort, { once: true });
    if (run.signal.aborted) onAbort();
    using _diversion = context.interrupts?.divert(() => {
      context.notice('info', NEXT);
      done.abort();
    });
    try {
      return await runWatch(context, box, run, done.signal);
    } finally {
      run.signal.removeEventListener('abort', onAbort);
    }
  },
};

const NEXT = 'Ending the code and going on with the next step; once more to stop the run';
const WAIT = 'Ctrl-C ends this step and goes on with the next; a second one stops the run';

async function lostVerdict(context: RunContext, box: Box, lost: CommandOutcome): Promise<BuiltInVerdict> {
  const outcome = lost.type === 'container-ended' ? await explainBoxEnd(context.engine, box.id) : lost;
  return { ...stepVerdict(outcome, undefined), outcome };
}

/** The step's own variables and folder, and a note of what runs in the box already. */
async function enter(box: Box, { step }: BuiltInRun): Promise<StepVerdict> {
  const verdict = stepVerdict(await box.session.run(stepCommand(step)), undefined);
  if (verdict.result !== 'passed') return verdict;
  return stepVerdict(await box.session.run(PREPARE_TEXT), undefined);
}

async function runWatch(
  context: RunContext,
  box: Box,
  run: BuiltInRun,
  done: AbortSignal,
): Promise<BuiltInVerdict> {
  const file = `${stepFolder(run.step.safeId)}/${CODE_FILE}`;
  await using changes = isOn(run.step.properties.get('reload'))
    ? await watchProject(context, box)
    : undefined;
  if (changes !== undefined) context.notice('info', '--> Reloading on file changes');
  if (context.interrupts !== undefined) context.notice('info', WAIT);
  const update = () => updateBox(context, box);
  if (changes !== undefined) await update();
  const outcome = await watchLoop({
    context,
    ...(changes === undefined ? {} : { changes }),
    start: () => startCode(box.session, file),
    stop: (code) => stopCode(context, box, code),
    update,
    done,
  }).catch((error: unknown) => {
    throw asRunError(error);
  });
  const lost = outcome ?? (await leave(box));
  if (lost !== undefined) return await lostVerdict(context, box, lost);
  run.signal.throwIfAborted();
  return PASSED;
}

const isOn = (text: string | undefined): boolean => /^\s*(?:true|yes|on|1)\s*$/i.test(text ?? '');

async function watchProject(context: RunContext, box: Box): Promise<FolderWatch | undefined> {
  const { source } = context.request;
  if (source.type !== 'folder') {
    context.notice('warning', 'the source is no folder of this machine: there is nothing to watch');
    return undefined;
  }
  const root = source.folder;
  const ignore = await watchIgnore(context, { root, ignoreFile: box.plan.ignoreFile });
  try {
    return await watchFolder(root, { ignore });
  } catch (error) {
    throw asRunError(error);
  }
}

const asRunError = (error: unknown): unknown =>
  error instanceof WatchError
    ? new RunError({ reason: 'source', message: error.message }, { cause: error })
    : error;

/** Without a direct mount the box has a copy; that follows the project, and keeps what the steps made beside it. */
async function updateBox(context: RunContext, box: Box): Promise<void> {
  if (context.request.box.directMount) return;
  const before = await listSource(context);
  await updateSource(context, box.plan.ignoreFile);
  await bringChanges(context, box, compareSource(before, await listSource(context)));
}

const STOP_MS = 6000; // the code has a second, the looking at processes takes its time on a busy machine

/** Asks the code to end; where nobody in the box listens any more, all its processes are ended from outside. */
async function stopCode(context: RunContext, box: Box, code: RunningCode): Promise<CommandOutcome> {
  await code.stop();
  const waiting = new AbortController();
  const late = delay(STOP_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  const outcome = await Promise.race([code.ended, late]);
  waiting.abort();
  if (outcome !== undefined) return outcome;
  await endProcesses(context.engine, box.id, code.ended);
  return await code.ended;
}

/** Ends what the code left in the background. Gives how the shell was lost, if it was. */
async function leave(box: Box): Promise<CommandOutcome | undefined> {
  const outcome = await box.session.run(END_LEFT_TEXT);
  return outcome.type === 'finished' ? undefined : outcome;
}
