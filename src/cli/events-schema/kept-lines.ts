import type {
  ManifestEntry,
  RecordedArtifact,
  RecordedStep,
  Removal,
  RunRecord,
} from '../../artifacts/index.ts';
import { choice, count, duration, type Field, flag, list, object, optional, text } from './field.ts';

/** What is kept of a run, without what only says who wrote it. */
export type ShownRun = Omit<RunRecord, 'version' | 'owner'>;

export interface ShownArtifact extends RecordedArtifact {
  readonly runId: string;
  /** Where it is on this machine, or its address in a cloud. */
  readonly place?: string;
  /** Whether its store has it still. */
  readonly present: boolean;
}

/** A line has a `type` already, so what an entry is has another name. */
export interface ShownEntry extends Omit<ManifestEntry, 'type'> {
  readonly kind: ManifestEntry['type'];
  readonly runId: string;
  /** The artifact that it is in. */
  readonly artifact: string;
}

export interface ShownRemoval extends Removal {
  /** As people call it. */
  readonly store: string;
  readonly dryRun: boolean;
}

/** What a collection came to, all stores together. */
export interface Collected {
  readonly runs: number;
  readonly artifacts: number;
  readonly leftovers: number;
  readonly freedBytes: number;
  readonly dryRun: boolean;
}

/** One field of the configuration as it counts. */
export interface ShownSetting {
  readonly name: string;
  /** Absent: there is none. A secret is shown by where it comes from. */
  readonly value?: string;
  readonly from: 'flag' | 'variable' | 'file' | 'default';
  /** The flag, the variable, or the file with its line. */
  readonly origin?: string;
}

/** What the commands about runs and artifacts that are kept answer. */
export interface KeptLines {
  readonly run: ShownRun;
  readonly 'run-log': { readonly runId: string; readonly text: string };
  readonly 'run-kept': { readonly runId: string; readonly kept: boolean };
  readonly artifact: ShownArtifact;
  readonly 'artifact-entry': ShownEntry;
  readonly removed: ShownRemoval;
  readonly collected: Collected;
  readonly setting: ShownSetting;
}

const time = count('milliseconds since 1970');
const application = object<RunRecord['application']>({ id: text(), name: text() });

const step = object<RecordedStep>({
  safeId: text(),
  displayName: text(),
  phase: choice('main', 'after'),
  result: choice('passed', 'failed', 'skipped', 'interrupted'),
  startedAt: optional(time),
  durationMs: duration,
  message: optional(text()),
});

const ARTIFACT = {
  name: text('unique in its run'),
  fileName: text('what a download of it is called'),
  store: text('where it went, for people'),
  key: text('where it is in its store'),
  sizeBytes: count(),
  sha256: text('in hex'),
  mediaType: text(),
  storedAt: time,
  expiresAt: optional(time),
  safeId: optional(text("the step that left it; absent for the run's output")),
  files: optional(count('files and links in it')),
} as const;

export const KEPT_LINES: { readonly [T in keyof KeptLines]: Field<KeptLines[T]> } = {
  run: object<ShownRun>({
    runId: text(),
    application,
    kind: choice('build', 'deploy', 'image'),
    pipeline: text(),
    partOf: optional(text('the run that this one builds a service for')),
    git: optional(
      object<NonNullable<RunRecord['git']>>({ branch: optional(text()), commit: optional(text()) }),
    ),
    startedAt: time,
    finishedAt: optional(time),
    result: choice('running', 'passed', 'failed', 'interrupted', 'lost'),
    message: optional(text('why it did not pass')),
    steps: list(step),
    artifacts: list(object<RecordedArtifact>(ARTIFACT)),
    cachedFrom: optional(
      object<NonNullable<RunRecord['cachedFrom']>>({
        runId: text('that made what it was given'),
        startedAt: time,
      }),
    ),
    kept: optional(flag('no retention rule removes it')),
  }),
  'run-log': object({ runId: text(), text: text('what was shown meanwhile') }),
  'run-kept': object({ runId: text(), kept: flag('whether no retention rule removes it') }),
  artifact: object<ShownArtifact>({
    runId: text(),
    ...ARTIFACT,
    place: optional(text('on this machine, or its address in a cloud')),
    present: flag('whether its store has it still'),
  }),
  'artifact-entry': object<ShownEntry>({
    runId: text(),
    artifact: text('that it is in'),
    path: text(),
    kind: choice('file', 'folder', 'link'),
    mode: count('permissions'),
    modifiedAt: { schema: { type: 'integer', description: 'seconds since 1970' }, optional: false },
    sizeBytes: count(),
    offset: optional(count('of the content in the tar')),
    sha256: optional(text('of the content, in hex')),
    crc32: optional(count()),
    mediaType: optional(text()),
    target: optional(text('of a link')),
  }),
  removed: object<ShownRemoval>({
    store: text(),
    what: choice('run', 'artifact', 'leftover'),
    name: text("the run's id, or the key of an object"),
    application: optional(application),
    reason: text(),
    objects: count('artifacts that went'),
    freedBytes: count(),
    dryRun: flag('whether it is only said'),
  }),
  collected: object<Collected>({
    runs: count(),
    artifacts: count(),
    leftovers: count(),
    freedBytes: count(),
    dryRun: flag(),
  }),
  setting: object<ShownSetting>({
    name: text('section.field'),
    value: optional(text('of a secret: where it comes from')),
    from: choice('flag', 'variable', 'file', 'default'),
    origin: optional(text('the flag, the variable, or file:line')),
  }),
};
