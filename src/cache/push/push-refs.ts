import type { ObjectName } from '../ostree/object-name.ts';
import { walkCommit } from '../ostree/walk-commit.ts';
import type { PushTarget } from '../remotes/remote.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { retryPauses, withRetries } from '../retrying.ts';
import { pushIntoFolder } from './into-folder.ts';
import type { PushLimits } from './link.ts';
import { helloOverSsh, pushOverSsh } from './over-ssh.ts';
import { pushTargetName } from './push-url.ts';
import type { Greeting, SessionOutcome } from './session.ts';
import type { SshCommand } from './ssh-words.ts';

/** How far a push has come; all of it together. */
export interface PushProgress {
  readonly doneBytes: number;
  /** Of what is known to be sent; grows while more artifacts are looked at. */
  readonly totalBytes: number;
  readonly doneObjects: number;
  readonly totalObjects: number;
}

export interface PushOptions {
  /** @defaultValue `ssh`, without options: `sshCommand` reads what the environment says */
  readonly ssh?: SshCommand;
  /** How often a connection that broke is tried again while nothing more arrives. @defaultValue 2 */
  readonly retries?: number;
  /** Called often; must not throw. */
  readonly onProgress?: (progress: PushProgress) => void;
  /** Another try, with its reason; what the receiver has to say. */
  readonly onNotice?: (text: string) => void;
  /** Ends ssh at once. What arrived is kept there for a day, where nobody sees it. */
  readonly signal?: AbortSignal;
  readonly limits?: PushLimits;
}

/** What was pushed to one cache. */
export interface Pushed {
  /** Refs that the cache was told. */
  readonly moved: readonly Ref[];
  /** Refs that named that commit there already. */
  readonly kept: readonly Ref[];
  /** Objects of the refs that were told. */
  readonly objects: number;
  /** Those that were not there. */
  readonly sentObjects: number;
  /** As they are stored. */
  readonly sentBytes: number;
  /** Where to pull from, where the receiver says it. */
  readonly pullUrl?: string;
}

// sshd ends a connection that has not logged in within two minutes; half a minute for all else. Publishing waits for its
// turn and for the disk.
export const PUSH_LIMITS: PushLimits = { firstAnswerMs: 150_000, answerMs: 600_000 };

const PLAIN_SSH: SshCommand = { program: 'ssh', options: [] };
const RETRIES = 2; // as the original's network-retries
const SESSIONS = 4; // as the original's pushers; sshd begins to refuse beyond ten that have not logged in

/**
 * Sends artifacts to another cache: refs of one commit go together, several commits at a time. All are tried. A ref that
 * the other side has was complete there before it was visible. Safe to repeat. Throws `UNAVAILABLE`, `REFUSED`, `PROTOCOL`,
 * `MISSING_OBJECT`, `CORRUPT_OBJECT`, for a folder also what its `Staging` throws, and `signal.reason`.
 */
export async function pushRefs(
  repository: Repository,
  refs: readonly Ref[],
  target: PushTarget,
  options: PushOptions = {},
): Promise<Pushed> {
  const artifacts = [...Map.groupBy(refs, ({ commit }) => commit).values()];
  const total = createTotal(options.onProgress ?? (() => {}));
  const outcomes = await allOf(artifacts, SESSIONS, async (artifact) => {
    return await pushArtifact({ repository, refs: artifact, target, options, share: total.share() });
  });
  return together(outcomes);
}

/** What a cache says of itself when it is asked: where to pull from, as 1.0's receivers know it. Throws as `pushRefs`. */
export async function askReceiver(target: PushTarget, options: PushOptions = {}): Promise<Greeting> {
  if (target.type === 'folder') return { pullUrl: target.folder };
  const { ssh = PLAIN_SSH, limits = PUSH_LIMITS, signal = new AbortController().signal } = options;
  return await helloOverSsh({ target, ssh, limits, signal });
}

/** One artifact on its way. */
interface ArtifactPush {
  readonly repository: Repository;
  readonly refs: readonly Ref[];
  readonly target: PushTarget;
  readonly options: PushOptions;
  readonly share: Share;
}

async function pushArtifact({
  repository,
  refs,
  target,
  options,
  share,
}: ArtifactPush): Promise<SessionOutcome> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const objects = collected(repository, refs);
  objects.catch(() => {}); // told when they are needed
  const onSaid = (line: string): void => options.onNotice?.(`${pushTargetName(target)}: ${line}`);
  const work = { repository, refs, objects, onPlanned: share.planned, onSent: share.sent, onSaid };
  if (target.type === 'folder') return await pushIntoFolder(target.folder, work, signal);
  const retrying = {
    retryPausesMs: retryPauses(options.retries ?? RETRIES),
    onNotice: options.onNotice ?? (() => {}),
    signal,
  };
  let leftObjects = Number.POSITIVE_INFINITY;
  return await withRetries(retrying, async (progress) => {
    const onPlanned: Share['planned'] = (plan) => {
      if (plan.objects < leftObjects && leftObjects !== Number.POSITIVE_INFINITY) progress();
      leftObjects = plan.objects;
      share.planned(plan);
    };
    return await pushOverSsh({
      target,
      ssh: options.ssh ?? PLAIN_SSH,
      limits: options.limits ?? PUSH_LIMITS,
      signal,
      work: { ...work, onPlanned },
    });
  });
}

async function collected(repository: Repository, refs: readonly Ref[]): Promise<ObjectName[]> {
  const names: ObjectName[] = [];
  for await (const name of walkCommit(repository, new Set(refs.map(({ commit }) => commit))))
    names.push(name);
  return names;
}

/** What one artifact adds to the progress of all. */
interface Share {
  planned(plan: { readonly objects: number; readonly bytes: number }): void;
  sent(sent: { readonly objects: number; readonly bytes: number }): void;
}

function createTotal(onProgress: (progress: PushProgress) => void): { readonly share: () => Share } {
  let total: PushProgress = { doneBytes: 0, totalBytes: 0, doneObjects: 0, totalObjects: 0 };
  const add = (more: PushProgress): void => {
    total = {
      doneBytes: total.doneBytes + more.doneBytes,
      totalBytes: total.totalBytes + more.totalBytes,
      doneObjects: total.doneObjects + more.doneObjects,
      totalObjects: total.totalObjects + more.totalObjects,
    };
    onProgress(total);
  };
  const share = (): Share => {
    let [sentBytes, sentObjects, plannedBytes, plannedObjects] = [0, 0, 0, 0];
    return {
      planned({ objects, bytes }) {
        // A new try: what it does not send again has arrived.
        const more = {
          totalBytes: sentBytes + bytes - plannedBytes,
          totalObjects: sentObjects + objects - plannedObjects,
        };
        [plannedBytes, plannedObjects] = [sentBytes + bytes, sentObjects + objects];
        add({ ...more, doneBytes: 0, doneObjects: 0 });
      },
      sent({ objects, bytes }) {
        sentBytes += bytes;
        sentObjects += objects;
        add({ doneBytes: bytes, doneObjects: objects, totalBytes: 0, totalObjects: 0 });
      },
    };
  };
  return { share };
}

/** Does all of them, some at a time; then throws what the first one that failed threw. */
async function allOf<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const outcomes: PromiseSettledResult<R>[] = [];
  const left = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const [index, item] of left) [outcomes[index]] = await Promise.allSettled([work(item)]);
    }),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    throw outcome.reason;
  });
}

function together(outcomes: readonly SessionOutcome[]): Pushed {
  const sum = (of: (outcome: SessionOutcome) => number): number =>
    outcomes.reduce((all, one) => all + of(one), 0);
  const pullUrl = outcomes.find((outcome) => outcome.pullUrl !== undefined)?.pullUrl;
  return {
    moved: outcomes.flatMap(({ moved }) => moved),
    kept: outcomes.flatMap(({ kept }) => kept),
    objects: sum(({ objects }) => objects),
    sentObjects: sum(({ sentObjects }) => sentObjects),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    ...(pullUrl !== undefined && { pullUrl }),
  };
}
