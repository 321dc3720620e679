import type {
  FileChange,
  HoldRecord,
  ImageFile,
  ListedRun,
  ListedState,
  ShellChange,
} from '../../runner/index.ts';
import { choice, count, duration, flag, list, object, optional, text } from './field.ts';

export type ShownHold = Omit<HoldRecord, 'version' | 'owner' | 'socket'>;

const time = count('milliseconds since 1970');

const listedState = object<ListedState>({
  index: count('how many steps had passed; 0 is before the first'),
  name: text("the step's display name, or `start`"),
  image: text(),
  imageId: text(),
  sizeBytes: count('beyond the box that the run started from'),
  durationMs: duration,
  at: time,
  omitted: list(text('left out because it holds a secret')),
  gone: flag('the engine no longer has the image'),
});

const imageFile = object<ImageFile>({
  kind: choice('file', 'folder', 'link', 'hardlink', 'device', 'pipe', 'unknown'),
  mode: count('permissions'),
  sizeBytes: count(),
  target: optional(text('of a link')),
  digest: optional(text('SHA-256 of the content')),
});

const fileChange = object<FileChange>({
  path: text(),
  change: choice('added', 'removed', 'changed'),
  before: optional(imageFile),
  after: optional(imageFile),
});

const shellChange = object<ShellChange>({
  what: choice('variable', 'function', 'alias', 'option', 'trap', 'folder', 'umask', 'arguments'),
  name: text(),
  before: optional(text()),
  after: optional(text()),
});

const step = object<ListedRun['steps'][number]>({
  safeId: text(),
  name: text(),
  displayName: text(),
  fingerprint: text('another one where the step does something else'),
});

const shownHold = object<ShownHold>({
  runId: text(),
  pipeline: text(),
  step: text('that failed'),
  choices: list(text()),
  since: time,
  expiresAt: time,
});

/** What changed between two states. */
export interface ShownDiff {
  readonly files: readonly FileChange[];
  readonly shell: readonly ShellChange[];
  readonly omitted: readonly string[];
  readonly contents: readonly {
    readonly path: string;
    readonly before?: string;
    readonly after?: string;
  }[];
}

/** What the commands about kept states and held runs answer. */
export const STATE_LINES = {
  states: object<ListedRun>({
    runId: text(),
    kind: choice('build', 'deploy'),
    pipeline: text(),
    application: text(),
    at: time,
    mounts: list(text('of the box, in no state')),
    steps: list(step),
    states: list(listedState),
  }),
  'state-diff': object<ShownDiff>({
    files: list(fileChange),
    shell: list(shellChange),
    omitted: list(text()),
    contents: list(
      object<{ readonly path: string; readonly before?: string; readonly after?: string }>({
        path: text(),
        before: optional(text()),
        after: optional(text()),
      }),
    ),
  }),
  holds: object<{ readonly holds: readonly ShownHold[] }>({ holds: list(shownHold) }),
  decided: object<{ readonly runId: string; readonly message: string }>({ runId: text(), message: text() }),
} as const;
