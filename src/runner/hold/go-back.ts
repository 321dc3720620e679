import { shellQuote } from '../../pipeline/index.ts';
import { replaceBox } from '../box.ts';
import { RunError } from '../failure.ts';
import { freshShell } from '../fresh-shell.ts';
import { initialise } from '../setup.ts';
import { captureShell, restoreShell } from '../shell-state.ts';
import { updateSource } from '../stage-source.ts';
import { bringChanges, compareSource, listSource } from '../states/source-changes.ts';
import { openStateFolder } from '../states/state-folder.ts';
import { reportFolder } from '../step-script.ts';
import type { NextStep } from './failure-handler.ts';
import type { Held } from './hold-handler.ts';

export interface GoBack {
  /** Of the step that runs next. */
  readonly place: number;
  /** The box's files: as they are, or those of a kept state's image. */
  readonly files: 'as they are' | { readonly image: string };
}

/** Brings in what changed on this machine: since the box got it, or since the kept state's run did. */
async function updateBox({ context, running, setup }: Held, files: GoBack['files']): Promise<void> {
  const { workingDir, runId } = context.request;
  const kept = files === 'as they are' ? undefined : await openStateFolder(workingDir).readSource(runId);
  const before = kept ?? (await listSource(context));
  await updateSource(context, setup.ignoreFile);
  await bringChanges(context, running.box, compareSource(before, await listSource(context)));
}

/**
 * Makes the box ready for a step that ran before: its shell is the one that the step had, its reports are gone. Throws
 * `RunError` or `EngineError`.
 */
export async function goBack(held: Held, { place, files }: GoBack): Promise<NextStep> {
  const { context, running, setup, before, step, result } = held;
  const shell = before.get(place);
  if (shell === undefined) throw new Error(`no shell was kept before the step at ${place}`);
  const { box } = running;
  if (files === 'as they are') {
    await freshShell(context, running, box.session.ready ? undefined : result.outcome);
  } else {
    await useImage(held, files.image);
  }
  await initialise(box, setup);
  await updateBox(held, files);
  await restoreShell(context, box, shell, await captureShell(context, box));
  await box.session.run(`command rm -f ${shellQuote(`${reportFolder(step.safeId)}/message.txt`)}`);
  return { place, outcome: { type: 'finished', exitCode: 0, flags: '' } };
}

async function useImage({ context, running }: Held, reference: string): Promise<void> {
  const details = await context.engine.inspectImage(reference);
  if (details === undefined) {
    throw new RunError({
      reason: 'state',
      message: `the engine no longer has the kept state ${reference}`,
      hint: 'retry the step, or give up and run again',
    });
  }
  await replaceBox(context, running.box, { ...running.plan, resumed: true, image: { reference, details } });
}
