import type { RunEvent, RunPlanned } from '../kernel/index.ts';
import { createLogs, type Logs } from './logs.ts';
import { addedSteps, asVerdict, INIT, type Message, SETUP, STORE } from './messages.ts';

/** What one run has told, and what is known of it. */
export interface RunReport {
  see(event: RunEvent): void;
  /** Sends on what was printed and not yet sent. */
  flush(): void;
}

interface State {
  readonly runId: string;
  readonly send: (message: Message) => void;
  readonly logs: Logs;
  plan?: RunPlanned;
  /** The step that output belongs to. */
  current: string | undefined;
  /** Main steps that did not pass; one that is run again may leave. */
  readonly failed: Set<string>;
  finished: boolean;
  artifactUrl?: string;
}

/** Turns the events of one run into messages, in the order that servers expect. */
export function createRunReport(runId: string, send: (message: Message) => void): RunReport {
  const state: State = {
    runId,
    send,
    logs: createLogs((body) => send({ event: 'runsteplogs', body: { runId, ...body } })),
    current: undefined,
    failed: new Set(),
    finished: false,
  };
  return { see: (event) => apply(state, event), flush: () => state.logs.flush() };
}

type Handlers = {
  readonly [T in RunEvent['type']]?: (state: State, event: Extract<RunEvent, { type: T }>) => void;
};

const HANDLERS: Handlers = {
  'run-started': (state) => startStep(state, SETUP),
  'run-planned': (state, event) => {
    state.plan = event;
  },
  'phase-started': (state, { phase }) => {
    if (phase === 'store artifacts') startStep(state, STORE);
  },
  'phase-finished': finishPhase,
  'step-started': (state, { safeId }) => startStep(state, safeId),
  'step-output': ({ logs, current }, { safeId, bytes }) => logs.add(safeId ?? current ?? SETUP, bytes),
  'step-finished': finishOwnStep,
  'artifact-stored': (state, { url, safeId }) => {
    if (url !== undefined && safeId === undefined) state.artifactUrl = url;
  },
  'after-steps-started': (state) => finishRun(state, state.failed.size > 0 ? 'failed' : 'passed'),
  'run-finished': (state, { result, message }) => {
    if (state.current !== undefined) finishStep(state, { result: 'failed', ...messageOf(message) });
    finishRun(state, result === 'passed' ? 'passed' : 'failed');
  },
};

function apply(state: State, event: RunEvent): void {
  // The table's types pair each handler with its own kind of event.
  const handle = HANDLERS[event.type] as ((state: State, event: RunEvent) => void) | undefined;
  handle?.(state, event);
}

function startStep(state: State, stepSafeId: string): void {
  state.current = stepSafeId;
  state.send({ event: 'runstepstarted', body: { runId: state.runId, stepSafeId } });
}

type Finish = Omit<Extract<Message, { event: 'runstepfinished' }>['body'], 'runId' | 'stepSafeId'>;

function finishStep(state: State, finish: Finish): void {
  const { current: stepSafeId, runId } = state;
  if (stepSafeId === undefined) return;
  state.logs.flush();
  state.current = undefined;
  const yaml =
    stepSafeId === SETUP && state.plan !== undefined ? { werckerYamlContents: state.plan.source } : {};
  state.send({ event: 'runstepfinished', body: { runId, stepSafeId, ...finish, ...yaml } });
}

const messageOf = (message: string | undefined): { message?: string } =>
  message === undefined ? {} : { message };

function finishOwnStep(state: State, event: Extract<RunEvent, { type: 'step-finished' }>): void {
  if (event.result === 'skipped') return;
  if (event.result === 'passed') state.failed.delete(event.safeId);
  else if (event.phase === 'main') state.failed.add(event.safeId);
  finishStep(state, { result: asVerdict(event.result), ...messageOf(event.message) });
}

function finishPhase(state: State, event: Extract<RunEvent, { type: 'phase-finished' }>): void {
  const { phase, result } = event;
  if (phase === 'store artifacts') {
    if (result === 'failed') state.failed.add(STORE);
    const url = state.artifactUrl === undefined ? {} : { artifactUrl: state.artifactUrl };
    finishStep(state, { result, ...url });
  }
  // A set-up that failed is told with its reason, which the end of the run brings.
  if (phase === 'setup environment' && result === 'passed') finishSetup(state);
}

/** The shell is prepared as the last part of the set-up: what servers know as a step of its own has passed with it. */
function finishSetup(state: State): void {
  finishStep(state, { result: 'passed' });
  const { runId, plan } = state;
  if (plan === undefined) return;
  state.send({ event: 'runstepsadded', body: { runId, steps: addedSteps(plan) } });
  startStep(state, INIT);
  finishStep(state, { result: 'passed' });
}

/** Told once, when the main steps are over. */
function finishRun(state: State, result: 'passed' | 'failed'): void {
  if (state.finished) return;
  state.finished = true;
  state.logs.flush();
  state.send({ event: 'runfinished', body: { runId: state.runId, result } });
}
