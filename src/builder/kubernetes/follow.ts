import type { BuildOutcome, BuildProgress, BuildWork } from '../backend.ts';
import { BuildError } from '../error.ts';
import type { BuildView } from './build-watch.ts';
import { followLog, KubernetesError } from './client/index.ts';
import type { Cluster } from './cluster.ts';
import { CONTAINER } from './objects/job.ts';
import { phaseReader } from './phase.ts';
import type { Pod } from './schema.ts';
import { jobRemoved, judge, stateOf, type Verdict, type Waiting } from './verdict.ts';

/** Longer than a pod may take that is told to end; its node may be lost. */
const LEAVING_LIMIT_MS = 25_000;

export interface Followed {
  readonly cluster: Cluster;
  readonly work: BuildWork;
  readonly view: BuildView;
  readonly progress: BuildProgress;
  readonly startLimitMs: number;
  readonly signal: AbortSignal;
}

/** Follows a build that was begun: what it prints goes to `progress`, and how it ends is the result. */
export async function followBuild(followed: Followed): Promise<BuildOutcome> {
  const log = new LogOfBuild(followed);
  const start = startLimit(followed);
  try {
    for (let told = ''; ; ) {
      const verdict = judge(followed.view.now());
      if (verdict.state === 'running') start.begun();
      if (verdict.state === 'waiting' && verdict.isLeaving) start.leaving();
      if (verdict.state !== 'waiting' && verdict.pod !== undefined) log.of(verdict.pod);
      if (verdict.state === 'succeeded' || verdict.state === 'failed') return await settle(verdict, log);
      if (verdict.state === 'waiting') told = await tellWhy(followed, verdict, told);
      start.why = told;
      await followed.view.changed(start.signal);
    }
  } finally {
    start[Symbol.dispose]();
    await log[Symbol.asyncDispose]();
  }
}

async function settle(
  verdict: Extract<Verdict, { state: 'succeeded' | 'failed' }>,
  log: LogOfBuild,
): Promise<BuildOutcome> {
  await log.whole();
  if (verdict.state === 'failed') throw verdict.error;
  return { digest: verdict.digest };
}

/** Says what a build waits for, each thing once. */
async function tellWhy({ progress }: Followed, { why, isUsual }: Waiting, told: string): Promise<string> {
  if (why === undefined || why === told) return told;
  if (!isUsual) await progress.write(`waiting for the cluster: ${why}\n`);
  return why;
}

/** Ends a build whose container does not start in time. */
function startLimit({ startLimitMs, signal, cluster }: Followed) {
  const late = new AbortController();
  const limit = {
    why: '',
    signal: AbortSignal.any([signal, late.signal]),
    begun: () => clearTimeout(timer),
    leaving: () => {
      clearTimeout(timer);
      leaving ??= setTimeout(() => late.abort(jobRemoved()), LEAVING_LIMIT_MS);
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      clearTimeout(leaving);
    },
  };
  let leaving: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    const why = limit.why === '' ? 'the cluster does not say why' : limit.why;
    const message = `the build's pod did not start in ${startLimitMs / 1000} s in ${cluster.namespace}: ${why}`;
    late.abort(new BuildError('backend-failed', message));
  }, startLimitMs);
  return limit;
}

/** The log of a build's pod; where the cluster began it once more in another pod, of that one. */
class LogOfBuild implements AsyncDisposable {
  readonly #followed: Followed;
  readonly #stop = new AbortController();
  #pod: string | undefined;
  #following: Promise<void> = Promise.resolve();

  constructor(followed: Followed) {
    this.#followed = followed;
  }

  of(pod: Pod): void {
    const { name, uid } = pod.metadata;
    if (this.#pod === uid) return;
    this.#pod = uid;
    const { cluster, progress, view, signal } = this.#followed;
    progress.phase('build');
    const seePhase = phaseReader((phase) => progress.phase(phase));
    const before = this.#following;
    const following = before.then(async () => {
      await followLog({
        api: cluster.api,
        namespace: cluster.namespace,
        pod: name,
        container: CONTAINER,
        write: async (text) => {
          seePhase(text);
          await progress.write(text);
        },
        hasEnded: () => {
          const now = view.now().pods.find(({ metadata }) => metadata.uid === uid);
          return now === undefined || Boolean(stateOf(now)?.terminated);
        },
        signal: AbortSignal.any([signal, this.#stop.signal]),
      }).catch((error: unknown) => this.#note(error));
    });
    this.#following = following;
    following.catch(() => {}); // told by `whole`, or nobody asks any more
  }

  /** How a build ended is known without its log: one that cannot be read fails no build. */
  async #note(error: unknown): Promise<void> {
    if (!(error instanceof KubernetesError) || this.#stop.signal.aborted) throw error;
    await this.#followed.progress.write(`\nThe rest of the log cannot be had: ${error.message}\n`);
  }

  /** Resolves when all is handed on. */
  async whole(): Promise<void> {
    await this.#following;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following.catch(() => {});
  }
}
