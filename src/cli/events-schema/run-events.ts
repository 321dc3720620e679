import type {
  AnnouncedStep,
  CachedFrom,
  Diagnostic,
  HeldChoice,
  Position,
  Range,
  RunEvent,
  RunGit,
  RunStarted,
} from '../../kernel/index.ts';
import {
  base64,
  choice,
  count,
  duration,
  type Field,
  flag,
  list,
  object,
  optional,
  text,
  whole,
} from './field.ts';

/** An event as a line shows it: without what every line has, bytes in base64, and without the text of whole files. */
type Shown<E> = Omit<E, 'type' | 'at' | 'runId' | 'bytes' | 'source'> &
  ('bytes' extends keyof E ? { readonly output: string } : unknown);

type Lines = {
  readonly [T in RunEvent['type']]: Field<Shown<Extract<RunEvent, { type: T }>>>;
};

const phase = choice(
  'copy source',
  'setup environment',
  'store artifacts',
  'store cache',
  'commit',
  'clean up',
);

const stepPhase = choice('main', 'after');
const safeId = text('the step, unique in the run');

const position = object<Position>({
  line: whole('from 1'),
  column: whole('from 1, in UTF-16 code units'),
  offset: count('from 0, in UTF-16 code units'),
});

/** A mistake in a file. */
export const diagnostic: Field<Diagnostic> = object<Diagnostic>({
  severity: choice('error', 'warning'),
  code: text('stable, for machines'),
  message: text(),
  file: text(),
  range: optional(object<Range>({ start: position, end: position })),
  hint: optional(text('what to do')),
  pipeline: optional(text('the pipeline that the mistake is in; absent: the whole file')),
  workflow: optional(text('the workflow that the mistake is in')),
});

const announcedStep = object<AnnouncedStep>({
  safeId,
  owner: text(),
  name: text(),
  version: text('empty where the step has none'),
  displayName: text(),
  phase: stepPhase,
});

const git = object<RunGit>({ branch: optional(text()), commit: optional(text()) });

const cachedFrom = object<CachedFrom>({
  runId: text('the run that made it'),
  startedAt: count('milliseconds since 1970'),
  durationMs: duration,
  cache: text('where it was found, for people'),
});

const heldChoice = object<HeldChoice>({ name: text(), about: text() });

/** What each type of line of a run holds, beside `version`, `type`, `time` and `runId`. The types are those of the events. */
export const RUN_LINES: Lines = {
  'run-started': object({
    pipeline: text(),
    kind: choice('build', 'deploy'),
    application: object<RunStarted['application']>({ id: text(), name: text() }),
    git: optional(git),
    runFolder: text('folder on this machine'),
    partOf: optional(text('the run that this one builds a service for')),
  }),
  'run-planned': object({
    box: text('the image, as the file names it'),
    steps: list(announcedStep),
    git: optional(git),
    artifacts: flag('whether the output is kept'),
    file: text(),
  }),
  diagnosed: object({ diagnostic }),
  'phase-started': object({ phase }),
  'phase-finished': object({ phase, result: choice('passed', 'failed'), durationMs: duration }),
  notice: object({ level: choice('debug', 'info', 'warning', 'error'), text: text() }),
  'pull-progress': object({
    image: text(),
    layer: optional(text()),
    status: text(),
    currentBytes: optional(count()),
    totalBytes: optional(count()),
  }),
  'service-ready': object({
    service: text('its name in the network'),
    probe: text('what was asked of it, in words'),
    durationMs: duration,
  }),
  'service-output': object({ service: text('its name in the network'), text: text('whole lines') }),
  'step-started': object({
    safeId,
    displayName: text(),
    phase: stepPhase,
    index: whole('from 1, within its phase'),
    count: count('steps of its phase'),
  }),
  'step-output': object({ safeId: optional(safeId), output: base64 }),
  'step-finished': object({
    safeId,
    displayName: text(),
    phase: stepPhase,
    result: choice('passed', 'failed', 'skipped', 'interrupted'),
    durationMs: duration,
    exitCode: optional(whole('absent where the step did not end by itself')),
    message: optional(text("the step's own message, or why it failed")),
    detail: optional(text('more about why')),
  }),
  'state-kept': object({
    index: count('how many steps had passed; 0 is before the first'),
    name: text("the step's display name, or `start`"),
    safeId: optional(safeId),
    image: text("the image's name on the engine"),
    sizeBytes: count('beyond the box that the run started from'),
    durationMs: duration,
  }),
  held: object({
    safeId,
    displayName: text(),
    choices: list(heldChoice),
    expiresAt: count('milliseconds since 1970; when it gives up if nobody comes'),
  }),
  resumed: object({
    safeId,
    choice: text('one of the choices, or `give-up`'),
    by: choice('terminal', 'command', 'timeout', 'interrupt'),
    next: optional(text('the step that runs next')),
  }),
  'after-steps-started': object({ count: count() }),
  'artifact-stored': object({
    name: text('unique in its run: `output`, the `safeId` of a step, `container`'),
    fileName: text('what a download of it is called'),
    safeId: optional(text('the step that left it')),
    folder: optional(text('on this machine; absent for a container')),
    tar: optional(text('on this machine; absent for a container')),
    sizeBytes: count(),
    files: optional(count('files and links in it; absent where it is no tar')),
    key: optional(text('in the store; absent where it is on this machine only')),
    store: optional(text('for people')),
    sha256: optional(text('in hex')),
    mediaType: optional(text()),
    expiresAt: optional(count('milliseconds since 1970; from then on it is as good as gone')),
    url: optional(text('where else it went, when a store was asked for')),
  }),
  'cache-hit': object({
    ref: text('what it is called in the cache'),
    key: text('64 hex digits'),
    commit: text('the tree that is taken: 64 hex digits'),
    from: cachedFrom,
  }),
  'cache-miss': object({ ref: text(), key: text(), reason: text('one sentence') }),
  'cache-saved': object({
    ref: text(),
    key: text(),
    commit: text(),
    newBytes: count('what the cache on this machine had not had before'),
    pushedTo: list(text('a cache, as the configuration calls it')),
  }),
  'run-finished': object({
    result: choice('passed', 'failed', 'interrupted'),
    durationMs: duration,
    cachedFrom: optional(cachedFrom),
    message: optional(text('why it did not pass')),
    hint: optional(text()),
    keptBox: optional(text("the box's container, where it was kept")),
  }),
};
