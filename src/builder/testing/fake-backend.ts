import { createHash } from 'node:crypto';
import type { BuildBackend, BuildOutcome, BuildProgress, BuildWork } from '../backend.ts';
import type { Destination } from '../destination.ts';
import { BuildError } from '../error.ts';
import type { FakeRegistry } from './fake-registry.ts';

/** What a fake backend does where a test wants something else than a build that passes at once. */
export interface FakeBackendOptions {
  /** @defaultValue docker */
  readonly name?: BuildBackend['name'];
  readonly goesOnAlone?: boolean;
  /** Images are pushed there. Absent: nowhere, and only their digests are made. */
  readonly registry?: FakeRegistry;
  /** @defaultValue `FAKE_DESTINATION` */
  readonly destination?: BuildBackend['destination'];
  /** @defaultValue a digest of the name; every source exists */
  readonly sourceDigest?: BuildBackend['sourceDigest'];
  /**
   * Instead of the build itself; `pass` is what a build without this does. @defaultValue `pass`
   */
  readonly build?: (
    work: BuildWork,
    progress: BuildProgress,
    signal: AbortSignal,
    pass: () => Promise<BuildOutcome>,
  ) => Promise<BuildOutcome>;
  readonly removeLeftovers?: BuildBackend['removeLeftovers'];
  readonly check?: BuildBackend['check'];
}

/** A backend without an engine, which builds nothing and says what it was asked to. */
export interface FakeBackend extends BuildBackend {
  /** All calls of `build`, in order. */
  readonly works: readonly BuildWork[];
  /** Ids that go on now. */
  readonly goingOn: ReadonlySet<string>;
  /** What `removeLeftovers` was told to leave, each time. */
  readonly swept: readonly ReadonlySet<string>[];
  /** From now on builds wait after their first line, until `release` or their signal. */
  hold(): void;
  release(): void;
}

export const FAKE_DESTINATION: Destination = {
  pushHost: 'registry.internal:5000',
  pullHost: 'registry.example.com',
  credentials: { username: 'pusher', password: 'the password of the registry' },
  isPlainHttp: true,
};

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Rejects with the signal's reason when it aborts. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** A backend for tests of what is around it. Its images differ where their contexts do. */
export function createFakeBackend(options: FakeBackendOptions = {}): FakeBackend {
  const works: BuildWork[] = [];
  const goingOn = new Set<string>();
  const swept: ReadonlySet<string>[] = [];
  let held: PromiseWithResolvers<void> | undefined;

  async function pass(work: BuildWork, progress: BuildProgress, signal: AbortSignal): Promise<BuildOutcome> {
    progress.phase('build');
    await progress.write(`FROM ${work.source}\n`);
    if (held !== undefined) await Promise.race([held.promise, untilAborted(signal)]);
    signal.throwIfAborted();
    await progress.write('installed\n');
    progress.phase('push');
    const manifest = JSON.stringify({ source: work.source, context: work.context });
    if (options.registry === undefined) return { digest: digestOf(manifest) };
    const { repository, tag } = work.target;
    const { mediaType, bytes } = { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: manifest };
    const client = options.registry.client();
    return { digest: await client.putManifest(repository, { mediaType, bytes: Buffer.from(bytes), tag }) };
  }

  return {
    name: options.name ?? 'docker',
    ...(options.goesOnAlone !== undefined && { goesOnAlone: options.goesOnAlone }),
    works,
    goingOn,
    swept,
    hold() {
      held ??= Promise.withResolvers();
    },
    release() {
      held?.resolve();
      held = undefined;
    },
    destination: options.destination ?? (async () => FAKE_DESTINATION),
    sourceDigest: options.sourceDigest ?? (async (source) => digestOf(source)),
    async build(work, progress, signal) {
      if (goingOn.has(work.id)) throw new BuildError('backend-failed', `${work.id} is built twice at once`);
      works.push(work);
      goingOn.add(work.id);
      const own = (): Promise<BuildOutcome> => pass(work, progress, signal);
      try {
        return await (options.build === undefined ? own() : options.build(work, progress, signal, own));
      } finally {
        goingOn.delete(work.id);
      }
    },
    async removeLeftovers(ids) {
      swept.push(ids);
      return (await options.removeLeftovers?.(ids)) ?? 0;
    },
    check: options.check ?? (async () => ({ isWell: true, about: 'a fake that builds nothing' })),
    async [Symbol.asyncDispose]() {},
  };
}
