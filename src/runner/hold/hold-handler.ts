import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunContext } from '../context.ts';
import { asFailure } from '../failure.ts';
import type { RunFailure } from '../request.ts';
import type { RunningBox, SetupOptions } from '../setup.ts';
import { captureShell, type ShellState } from '../shell-state.ts';
import { findStep } from '../states/find-step.ts';
import { editScript, replaceScript } from './edit-script.ts';
import type { FailedStep, FailureHandler, NextStep } from './failure-handler.ts';
import { type GoBack, goBack } from './go-back.ts';
import { accessTo, openHeldShell } from './held-shell.ts';
import { choicesFor, type HoldAnswer, type HoldRequest } from './hold-request.ts';
import { type Asked, holdUntil } from './hold-until.ts';

const DEFAULT_TIMEOUT_MS = 60 * 60_000;

/** What the decisions about one failed step work with. */
export interface Held extends FailedStep {
  readonly context: RunContext;
  readonly running: RunningBox;
  readonly setup: SetupOptions;
  /** The shell before each step that has run, by place; secrets are in it, and it stays in memory. */
  readonly before: ReadonlyMap<number, ShellState>;
}

/** The run goes on at `next`, or ends. Absent: it is still held. */
interface Handled {
  readonly answer: HoldAnswer;
  readonly next?: NextStep | 'end';
}

/** Holds a run whose step failed until somebody decides. */
export function holdHandler(context: RunContext, running: RunningBox, setup: SetupOptions): FailureHandler {
  const before = new Map<number, ShellState>();
  let expired: RunFailure | undefined;
  return {
    expiry: () => expired,
    async beforeStep(place) {
      before.set(place, await captureShell(context, running.box));
    },
    async afterFailure(failed) {
      const { outcome } = failed.result;
      if (outcome.type === 'container-ended' && outcome.error !== undefined) return undefined; // the engine is gone
      const held: Held = { ...failed, context, running, setup, before };
      context.route.safeId = undefined;
      const next = await decide(held);
      if (next === 'expired') expired = expiryOf(failed, context);
      return next === 'expired' || next === 'end' ? undefined : next;
    },
  };
}

const expiryOf = ({ step }: FailedStep, { request }: RunContext): RunFailure => ({
  reason: 'hold-expired',
  message: `Step failed: ${step.displayName}; nobody decided within ${timeoutOf(request) / 60_000} minutes`,
  hint: '--hold-timeout MINUTES says how long a held run waits',
});

const timeoutOf = ({ holdTimeoutMs }: RunContext['request']): number => holdTimeoutMs ?? DEFAULT_TIMEOUT_MS;

/** Waits until somebody decides; tells what became of it. */
async function decide(held: Held): Promise<NextStep | 'end' | 'expired'> {
  const { context, step } = held;
  const choices = choicesFor({ hasScript: hasScript(held) });
  let next: NextStep | 'end' | undefined;
  const by = await holdUntil(context, {
    step,
    choices,
    timeoutMs: timeoutOf(context.request),
    async handle(asked) {
      const handled = await attempt(held, asked);
      next = handled.next;
      return { answer: handled.answer, done: next !== undefined, ...named(held, next) };
    },
  });
  if (by === 'timeout') return 'expired';
  return next ?? 'end';
}

function named({ setup }: Held, next: Handled['next']): { next?: string } {
  const name = typeof next === 'object' ? setup.plan.steps[next.place]?.displayName : undefined;
  return name === undefined ? {} : { next: name };
}

const hasScript = ({ context, step }: Held): boolean =>
  step.source.kind !== 'internal' && existsSync(join(context.folder.run, step.safeId, 'run.sh'));

/** What a person's mistake or the box makes impossible is an answer, and the run stays held. */
async function attempt(held: Held, asked: Asked): Promise<Handled> {
  try {
    return await perform(held, asked);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    const hint = failure.hint === undefined ? '' : ` (${failure.hint})`;
    return { answer: { ok: false, message: `${failure.message}${hint}` } };
  }
}

const done = (message: string): HoldAnswer & { ok: true } => ({ ok: true, message });

async function perform(held: Held, { request, by }: Asked): Promise<Handled> {
  const { step, place } = held;
  switch (request.choice) {
    case 'retry':
      return await retry(held, `running "${step.displayName}" again`);
    case 'edit':
      return await editAndRetry(held, request);
    case 'skip':
      return await skip(held);
    case 'from':
      return await from(held, request.step);
    case 'shell': {
      if (by === 'command') return { answer: { ...done('opening a shell'), access: await accessTo(held) } };
      await openHeldShell(held);
      return { answer: done('you left the shell') };
    }
    case 'give-up':
      return { answer: done(`giving up at step-${place + 1}`), next: 'end' };
  }
}

async function retry(held: Held, message: string): Promise<Handled> {
  const next = await goBack(held, { place: held.place, files: 'as they are' });
  return { answer: done(message), next };
}

async function editAndRetry(held: Held, request: HoldRequest & { choice: 'edit' }): Promise<Handled> {
  const { displayName } = held.step;
  if (!hasScript(held)) {
    return {
      answer: { ok: false, message: `"${displayName}" is a built-in step: it has no script to edit` },
    };
  }
  if (request.script === undefined && !(await editScript(held))) {
    return { answer: { ok: false, message: 'the editor did not end well: nothing was changed in the box' } };
  }
  await replaceScript(held, request.script);
  return await retry(held, `running "${displayName}" again with its new script`);
}

/** The shell is the one that the step left, where it is still there. */
async function skip(held: Held): Promise<Handled> {
  const { place, step, running, context } = held;
  const next: NextStep = running.box.session.ready
    ? { place: place + 1 }
    : { ...(await goBack(held, { place, files: 'as they are' })), place: place + 1 };
  const message = `skipping "${step.displayName}"`;
  context.notice('warning', `The step "${step.displayName}" failed and was skipped`);
  return { answer: done(message), next };
}

async function from(held: Held, name: string): Promise<Handled> {
  const { setup, place, before, context } = held;
  const target = findStep(setup.plan.steps, name);
  const displayName = setup.plan.steps[target]?.displayName ?? name;
  if (target > place || !before.has(target)) {
    const why = target > place ? 'comes after the one that failed' : 'was not run in this run';
    return { answer: { ok: false, message: `the step "${displayName}" ${why}` } };
  }
  const kept = held.running.keeper?.imageAt(target);
  const back: GoBack = { place: target, files: kept === undefined ? 'as they are' : { image: kept } };
  const next = await goBack(held, back);
  const files =
    kept === undefined
      ? 'on the files as they are now (with --keep-steps it would be the kept state)'
      : 'in the state that was kept before it';
  const message = `going on from "${displayName}" ${files}`;
  context.notice('info', message);
  return { answer: done(message), next };
}
