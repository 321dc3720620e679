import type { Build, BuildState } from '../build.ts';

/** A build on the wire: moments are ISO strings, the target is one text. What is absent there is absent here. */
export interface BuildView extends Omit<Build, 'target' | 'createdAt' | 'startedAt' | 'endedAt'> {
  readonly target: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

const moment = (ms: number): string => new Date(ms).toISOString();

/** What callers are told of a build. */
export function viewOf({ target, createdAt, startedAt, endedAt, ...build }: Build): BuildView {
  return {
    ...build,
    target: `${target.repository}:${target.tag}`,
    createdAt: moment(createdAt),
    ...(startedAt !== undefined && { startedAt: moment(startedAt) }),
    ...(endedAt !== undefined && { endedAt: moment(endedAt) }),
  };
}

const PHASES: Readonly<Record<BuildState, string>> = {
  queued: 'Pending',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Failed',
};

/** A build as the later `status` of the original tells it, with the whole of it as `build`. */
export function statusOf(build: Build): Record<string, unknown> {
  const { id, jobName, state, startedAt, endedAt } = build;
  const count = (...states: readonly BuildState[]): number => (states.includes(state) ? 1 : 0);
  return {
    id,
    job_name: jobName,
    phase: PHASES[state],
    active: count('running'),
    succeeded: count('succeeded'),
    failed: count('failed', 'cancelled'),
    startTime: startedAt === undefined ? null : moment(startedAt),
    completionTime: endedAt === undefined ? null : moment(endedAt),
    build: viewOf(build),
  };
}

/** A build as `ensure` tells it: its id is the content key. */
export function ensuredOf(build: Build): Record<string, unknown> {
  return {
    id: build.key,
    job_name: build.jobName,
    state: build.state === 'cancelled' ? 'failed' : build.state,
    image: build.state === 'succeeded' ? (build.image?.reference ?? null) : null,
    build: viewOf(build),
  };
}

const ENSURED: Readonly<Record<BuildState, { readonly status: number; readonly message: string }>> = {
  queued: { status: 202, message: 'Build queued' },
  running: { status: 202, message: 'Build running' },
  succeeded: { status: 200, message: 'Build completed' },
  failed: { status: 409, message: 'Build failed' },
  cancelled: { status: 409, message: 'Build failed' },
};

/** The status and sentence for where a build of `ensure` is. */
export const ensuredAnswer = ({ state }: Build): { readonly status: number; readonly message: string } =>
  ENSURED[state];
