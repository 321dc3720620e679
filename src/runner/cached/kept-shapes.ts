import { isSafeId } from '../../kernel/index.ts';
import type { CacheInput } from '../../pipeline/index.ts';
import type { CachedArtifact, CachedRecord, TimelineEntry } from './record.ts';
import {
  type Check,
  exactShape,
  type Fields,
  isCount,
  isDigest,
  isDuration,
  isListOf,
  isOneOf,
  isText,
  isTime,
  optional,
  shape,
} from './shape.ts';
import type { TarRecipe } from './tar-recipe.ts';

// Checked by hand: loading a library for it would be a sixth of the time that a hit takes.

const MAX_STEPS = 10_000;
const MAX_INPUTS = 500_000;
const MAX_ENTRIES = 100_000;
const MAX_PIECES = 1_000_000;

/** It is shown to people, and so nothing that a terminal would act on may be in it. */
const isRunId: Check = (value) => typeof value === 'string' && isSafeId(value);

const isInput = shape<CacheInput>({
  kind: isOneOf('format', 'pipeline', 'box', 'service', 'step', 'environment', 'source'),
  name: isText,
  digest: optional(isText),
  isSecret: optional(isOneOf(true, false)),
  shown: optional(isText),
});

const isArtifact = shape<CachedArtifact>({ step: optional(isCount), sha256: isDigest, sizeBytes: isCount });

const hasFields = shape<CachedRecord>({
  version: isOneOf(1),
  key: isDigest,
  inputs: isListOf(isInput, MAX_INPUTS),
  runId: isRunId,
  application: shape<CachedRecord['application']>({ id: isText, name: isText }),
  pipeline: isText,
  startedAt: isTime,
  durationMs: isDuration,
  slipway: isText,
  steps: isCount,
  artifacts: isListOf(isArtifact, MAX_STEPS),
});

const stepsDiffer = ({ artifacts }: CachedRecord): boolean =>
  new Set(artifacts.map(({ step }) => step)).size === artifacts.length;

export const isCachedRecord = (value: unknown): value is CachedRecord =>
  hasFields(value) && stepsDiffer(value);

type EntryType = TimelineEntry['type'];
type EntryOf<T extends EntryType> = Extract<TimelineEntry, { readonly type: T }>;

const entryShape = <T extends EntryType>(
  type: T,
  fields: Omit<Fields<EntryOf<T>>, 'type' | 'at' | 'step'>,
): Check =>
  exactShape<Record<string, unknown>>({
    type: isOneOf(type),
    at: isTime,
    step: optional(isCount),
    ...fields,
  });

const isPhase = isOneOf(
  'copy source',
  'setup environment',
  'store artifacts',
  'store cache',
  'commit',
  'clean up',
);
const isStepPhase = isOneOf('main', 'after');

const ENTRIES: { readonly [T in EntryType]: Check } = {
  output: entryShape('output', { from: isCount, bytes: isCount }),
  'step-started': entryShape('step-started', {
    displayName: isText,
    phase: isStepPhase,
    index: isCount,
    count: isCount,
  }),
  'step-finished': entryShape('step-finished', {
    displayName: isText,
    phase: isStepPhase,
    result: isOneOf('passed', 'failed', 'skipped', 'interrupted'),
    durationMs: isDuration,
    exitCode: optional(Number.isSafeInteger),
    message: optional(isText),
    detail: optional(isText),
  }),
  'after-steps-started': entryShape('after-steps-started', { count: isCount }),
  'service-ready': entryShape('service-ready', { service: isText, probe: isText, durationMs: isDuration }),
  'service-output': entryShape('service-output', { service: isText, text: isText }),
  notice: entryShape('notice', { level: isOneOf('debug', 'info', 'warning', 'error'), text: isText }),
  'phase-started': entryShape('phase-started', { phase: isPhase }),
  'phase-finished': entryShape('phase-finished', {
    phase: isPhase,
    result: isOneOf('passed', 'failed'),
    durationMs: isDuration,
  }),
};

const isEntry: Check = (value) => {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const { type } = value;
  return typeof type === 'string' && Object.hasOwn(ENTRIES, type) && ENTRIES[type as EntryType](value);
};

/** Each byte of the log is told once at most: else a small build could print for days. */
function isInOrder(timeline: readonly TimelineEntry[]): boolean {
  let told = 0;
  for (const entry of timeline) {
    if (entry.type !== 'output') continue;
    if (entry.from < told) return false;
    told = entry.from + entry.bytes;
  }
  return Number.isSafeInteger(told);
}

const areEntries = (value: unknown): value is readonly TimelineEntry[] =>
  isListOf(isEntry, MAX_ENTRIES)(value);

export const isTimeline = (value: unknown): value is readonly TimelineEntry[] =>
  areEntries(value) && isInOrder(value);

const isPiece: Check = (value) =>
  Array.isArray(value) && value.length === 3 && isCount(value[0]) && isText(value[1]) && isCount(value[2]);

export const isTarRecipe = shape<TarRecipe>({ version: isOneOf(1), pieces: isListOf(isPiece, MAX_PIECES) });
