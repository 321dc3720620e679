/** What is written about the states of one run: `.wercker/states/<runid>/run.json`. */
export interface StatesRecord {
  readonly version: 1;
  readonly runId: string;
  readonly kind: 'build' | 'deploy';
  readonly pipeline: string;
  readonly application: string;
  /** When the run started; milliseconds since the epoch. */
  readonly at: number;
  /** Folders of the box that belong to no state, because they are mounted. */
  readonly mounts: readonly string[];
  /** The pipeline's steps, in order. */
  readonly steps: readonly KeptStep[];
  /** In order of their index; there may be gaps where a run began in the middle. */
  readonly states: readonly KeptState[];
}

export interface KeptStep {
  readonly safeId: string;
  readonly name: string;
  readonly displayName: string;
  /** Other for a step that does something else. */
  readonly fingerprint: string;
}

export interface KeptState {
  /** How many steps had passed: 0 is before the first, 1 what the first left. */
  readonly index: number;
  /** Name with tag. */
  readonly image: string;
  readonly imageId: string;
  /** What the image has beyond the box that the run started from. */
  readonly sizeBytes: number;
  /** What keeping it took. */
  readonly durationMs: number;
  readonly at: number;
  /** What is not in it because it holds a secret. */
  readonly omitted: readonly string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const hasTexts = (value: unknown, keys: readonly string[]): boolean =>
  isObject(value) && keys.every((key) => typeof value[key] === 'string');

const hasNumbers = (value: unknown, keys: readonly string[]): boolean =>
  isObject(value) && keys.every((key) => Number.isFinite(value[key]));

function isState(value: unknown): boolean {
  return (
    hasTexts(value, ['image', 'imageId']) &&
    hasNumbers(value, ['index', 'sizeBytes', 'durationMs', 'at']) &&
    Array.isArray((value as Record<string, unknown>)['omitted'])
  );
}

/** The record that a text holds; `undefined` where it is none that this version wrote. */
export function parseRecord(text: string): StatesRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['version'] !== 1) return undefined;
  const { steps, states, mounts } = value;
  const whole =
    hasTexts(value, ['runId', 'kind', 'pipeline', 'application']) &&
    hasNumbers(value, ['at']) &&
    Array.isArray(mounts) &&
    Array.isArray(steps) &&
    steps.every((step) => hasTexts(step, ['safeId', 'name', 'displayName', 'fingerprint'])) &&
    Array.isArray(states) &&
    states.every(isState);
  return whole ? (value as unknown as StatesRecord) : undefined; // every key was looked at
}

/** What a state is called: the step that left it, or `start`. */
export const stateName = (
  { steps }: Pick<StatesRecord, 'steps'>,
  { index }: Pick<KeptState, 'index'>,
): string => (index === 0 ? 'start' : (steps[index - 1]?.displayName ?? `step-${index}`));
