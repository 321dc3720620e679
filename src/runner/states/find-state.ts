import type { Engine } from '../../engine/index.ts';
import { RunError } from '../failure.ts';
import type { ReadyImage } from '../images.ts';
import { findStep } from './find-step.ts';
import { type KeptState, type StatesRecord, stateName } from './record.ts';
import type { ShellState } from './shell-state.ts';
import { openStateFolder } from './state-folder.ts';

/** A state with all that it takes to begin in it. */
export interface FoundState {
  readonly record: StatesRecord;
  readonly state: KeptState;
  readonly image: ReadyImage;
  readonly shell: ShellState;
  /** The shell of the same run before anything happened in it, without what `shell` lacks for being secret. */
  readonly base: ShellState;
}

const NONE_HINT = 'run once with --keep-steps first; `slipway states` lists what there is';

/** Which runs count: all, or those of one pipeline. */
export interface RunFilter {
  readonly pipeline?: string;
  readonly application?: string;
  readonly kind?: StatesRecord['kind'];
  /** Runs with this are taken before others that are newer: one that went on in the middle has not all of them. */
  readonly preferred?: (record: StatesRecord) => boolean;
}

const matches = (record: StatesRecord, { pipeline, application, kind }: RunFilter): boolean =>
  (pipeline ?? record.pipeline) === record.pipeline &&
  (application ?? record.application) === record.application &&
  (kind ?? record.kind) === record.kind &&
  record.states.length > 0;

/** The run that is named, or the newest one that fits. Throws `RunError` where there is none. */
export async function findRun(
  workingDir: string,
  runId: string | undefined,
  filter: RunFilter = {},
): Promise<StatesRecord> {
  const records = await openStateFolder(workingDir).list();
  if (runId === undefined) {
    const fitting = records.filter((record) => matches(record, filter));
    const newest = fitting.find(filter.preferred ?? (() => true)) ?? fitting[0];
    if (newest !== undefined) return newest;
    const of = filter.pipeline === undefined ? '' : ` of the pipeline ${filter.pipeline}`;
    throw new RunError({ reason: 'state', message: `no run${of} has kept states here`, hint: NONE_HINT });
  }
  const found = records.filter((record) => record.runId === runId);
  const [record] = found.length > 0 ? found : records.filter((one) => one.runId.startsWith(runId));
  if (record !== undefined) return record;
  throw new RunError({
    reason: 'state',
    message: `the run "${runId}" has kept no states here`,
    hint: NONE_HINT,
  });
}

/** Whether a run kept the states that a person names. */
export function hasStates(record: StatesRecord, names: readonly string[]): boolean {
  try {
    const indices = names.map((name) => stateIndex(record, name));
    return indices.every((index) => record.states.some((state) => state.index === index));
  } catch (error) {
    if (error instanceof RunError) return false; // it has no such step
    throw error;
  }
}

/** The index of the state that a person names: `start`, or a step, which is what the step left. */
export const stateIndex = (record: StatesRecord, name: string): number =>
  name === 'start' ? 0 : findStep(record.steps, name) + 1;

/** A run's state with its image and shell. Throws `RunError` where there is none, or its image is gone. */
export async function loadState(
  engine: Engine,
  workingDir: string,
  { record, index }: { readonly record: StatesRecord; readonly index: number },
): Promise<FoundState> {
  const state = record.states.find((kept) => kept.index === index);
  if (state === undefined) throw noState(record, index);
  const folder = openStateFolder(workingDir);
  const [details, shell, base] = await Promise.all([
    engine.inspectImage(state.image),
    folder.readShell(record.runId, index),
    folder.readBase(record.runId),
  ]);
  if (details?.id !== state.imageId) throw imageGone(record, state);
  if (shell === undefined || base === undefined) throw shellGone(record, state);
  const omitted = new Set(state.omitted);
  const known = { ...base, variables: base.variables.filter(({ name }) => !omitted.has(name)) };
  return { record, state, shell, base: known, image: { reference: state.image, details } };
}

function noState(record: StatesRecord, index: number): RunError {
  const name = stateName(record, { index });
  const kept = record.states.map((state) => stateName(record, state)).join(', ');
  return new RunError({
    reason: 'state',
    message: `the run ${record.runId} has kept no state of "${name}": the step did not pass, or was not run; it kept ${kept}`,
    hint: '`slipway states` lists what there is',
  });
}

function imageGone(record: StatesRecord, state: KeptState): RunError {
  const name = stateName(record, state);
  return new RunError({
    reason: 'state',
    message: `the state "${name}" of run ${record.runId} is gone: the engine no longer has its image ${state.image}`,
    hint: 'run once more with --keep-steps, or choose another run with --state',
  });
}

function shellGone(record: StatesRecord, state: KeptState): RunError {
  return new RunError({
    reason: 'state',
    message: `the shell of the state "${stateName(record, state)}" of run ${record.runId} is gone from .wercker/states`,
    hint: 'run once more with --keep-steps',
  });
}
