/** A task as the form shows it: every field as it was typed. */
export interface TaskDraft {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly source: string;
  readonly image: string;
  /** What the command is given to; `''`: nothing, it is one word a line. */
  readonly shell: Shell;
  readonly command: string;
  /** Lines of `NAME=VALUE`. */
  readonly env: string;
  readonly queue: string;
  readonly maxRunTime: string;
  /** Lines of `NAME=PATH`; a folder where the path ends in `/`. */
  readonly artifacts: string;
  /** Lines of `NAME=PATH`. */
  readonly caches: string;
  readonly interactive: boolean;
  /** Names of features beside it, with blanks between them. */
  readonly features: string;
  readonly priority: string;
  readonly retries: string;
  readonly deadline: string;
  readonly expires: string;
  readonly project: string;
  readonly scheduler: string;
  readonly group: string;
  /** Ids of tasks, one a line. */
  readonly dependencies: string;
  readonly requires: 'all-completed' | 'all-resolved';
  readonly scopes: string;
  readonly routes: string;
  /** What the form has no field for, as the definition had it. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** The same of its payload. */
  readonly payloadRest: Readonly<Record<string, unknown>>;
}

export type DraftField = keyof TaskDraft;

/** How a script is run: the words before it. */
export const SHELLS = ['sh -ec', 'bash -ec', 'sh -c', 'bash -c', ''] as const;
export type Shell = (typeof SHELLS)[number];

export const PRIORITIES = ['lowest', 'very-low', 'low', 'medium', 'high', 'very-high', 'highest'] as const;

/** The queue that a worker beside the server serves. */
export const DEFAULT_QUEUE = 'local/docker';

/** What is in the form before anybody has typed. */
export const EMPTY_DRAFT: TaskDraft = {
  name: '',
  description: '',
  owner: '',
  source: '',
  image: '',
  shell: 'sh -ec',
  command: '',
  env: '',
  queue: DEFAULT_QUEUE,
  maxRunTime: '1h',
  artifacts: '',
  caches: '',
  interactive: false,
  features: '',
  priority: 'lowest',
  retries: '5',
  deadline: '1d',
  expires: '30d',
  project: '',
  scheduler: '',
  group: '',
  dependencies: '',
  requires: 'all-completed',
  scopes: '',
  routes: '',
  rest: {},
  payloadRest: {},
};
