import type { AnnouncedStep, RunEvent, RunFinished, StepFinished } from '../../../kernel/index.ts';
import { createTail, type Tail } from './tail.ts';

/** One step, or the part of the run that failed outside of any. */
export interface TestCase {
  readonly name: string;
  readonly group: 'steps' | 'after-steps' | 'run';
  readonly durationMs: number;
  readonly outcome:
    | { readonly type: 'passed' }
    | { readonly type: 'skipped' }
    /** `failed`: by what the step did; `error`: by what happened to it. */
    | {
        readonly type: 'failed' | 'error';
        readonly kind: string;
        readonly message: string;
        readonly detail: string;
      };
  readonly output?: Tail;
}

/** One run of a pipeline. */
export interface TestSuite {
  readonly pipeline: string;
  readonly runId: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly cases: readonly TestCase[];
}

/** Puts the events of runs together to suites; may be asked at any time, also while a run goes on. */
export interface JunitReport {
  see(event: RunEvent): void;
  suites(): TestSuite[];
}

interface RunState {
  readonly runId: string;
  readonly pipeline: string;
  readonly startedAt: number;
  readonly announced: Map<string, AnnouncedStep>;
  readonly finished: Map<string, StepFinished>;
  readonly outputs: Map<string, Tail>;
  running?: { readonly safeId: string; readonly at: number } | undefined;
  failedPhase?: string;
  end?: RunFinished;
  lastAt: number;
}

const OUTPUT_BYTES = 64 * 1024;

export function createJunitReport(): JunitReport {
  const runs = new Map<string, RunState>();
  return {
    see(event) {
      if (event.type === 'run-started') runs.set(event.runId, newState(event));
      const state = runs.get(event.runId);
      if (state === undefined) return;
      state.lastAt = event.at;
      apply(state, event);
    },
    suites: () => [...runs.values()].map(asSuite),
  };
}

const newState = ({ runId, pipeline, at }: Extract<RunEvent, { type: 'run-started' }>): RunState => ({
  runId,
  pipeline,
  startedAt: at,
  lastAt: at,
  announced: new Map(),
  finished: new Map(),
  outputs: new Map(),
});

function apply(state: RunState, event: RunEvent): void {
  if (event.type === 'run-planned') for (const step of event.steps) state.announced.set(step.safeId, step);
  if (event.type === 'step-started') state.running = { safeId: event.safeId, at: event.at };
  if (event.type === 'step-output') keepOutput(state, event);
  if (event.type === 'phase-finished' && event.result === 'failed') state.failedPhase ??= event.phase;
  if (event.type === 'step-finished') {
    state.finished.set(event.safeId, event);
    state.running = undefined;
  }
  if (event.type === 'run-finished') state.end = event;
}

function keepOutput({ outputs }: RunState, event: Extract<RunEvent, { type: 'step-output' }>): void {
  if (event.safeId === undefined) return;
  const tail = outputs.get(event.safeId) ?? createTail(OUTPUT_BYTES);
  outputs.set(event.safeId, tail);
  tail.add(event.bytes);
}

function asSuite(state: RunState): TestSuite {
  const { pipeline, runId, startedAt, end, lastAt } = state;
  const steps = [...state.announced.values()].map((step) => stepCase(state, step));
  return {
    pipeline,
    runId,
    startedAt,
    durationMs: end?.durationMs ?? lastAt - startedAt,
    cases: [...steps, ...runCase(state, steps)],
  };
}

function stepCase(state: RunState, step: AnnouncedStep): TestCase {
  const end = state.finished.get(step.safeId);
  const output = state.outputs.get(step.safeId);
  const running = state.running?.safeId === step.safeId ? state.running : undefined;
  return {
    name: step.displayName,
    group: step.phase === 'after' ? 'after-steps' : 'steps',
    durationMs: end?.durationMs ?? (running === undefined ? 0 : state.lastAt - running.at),
    outcome: end === undefined ? unfinished(running !== undefined) : stepOutcome(end),
    ...(output === undefined ? {} : { output }),
  };
}

const unfinished = (wasRunning: boolean): TestCase['outcome'] =>
  wasRunning
    ? { type: 'error', kind: 'interrupted', message: 'Slipway ended before the step did', detail: '' }
    : { type: 'skipped' };

function stepOutcome({ result, exitCode, message, detail }: StepFinished): TestCase['outcome'] {
  if (result === 'passed' || result === 'skipped') return { type: result };
  const isInterrupted = result === 'interrupted';
  return {
    type: isInterrupted ? 'error' : 'failed',
    kind: isInterrupted ? 'interrupted' : exitCode === undefined ? 'stopped' : 'exit-code',
    message: message?.trim() || `the step ${result}`,
    detail: [exitCode === undefined ? undefined : `exit code ${exitCode}`, detail]
      .filter((text) => text !== undefined)
      .join('\n'),
  };
}

/** A run that failed outside of its steps must not look like one in which nothing failed. */
function runCase({ end, failedPhase, startedAt, lastAt }: RunState, steps: readonly TestCase[]): TestCase[] {
  const failed = steps.some(({ outcome }) => outcome.type === 'failed' || outcome.type === 'error');
  if (failed || end?.result === 'passed') return [];
  const message =
    end === undefined ? 'Slipway ended before the run did' : (end.message ?? `the run ${end.result}`);
  return [
    {
      name: failedPhase ?? 'run',
      group: 'run',
      durationMs: end?.durationMs ?? lastAt - startedAt,
      outcome: { type: 'error', kind: end?.result ?? 'interrupted', message, detail: end?.hint ?? '' },
    },
  ];
}
