import { createHash, randomUUID } from 'node:crypto';
import type { ImageReport } from '../../attest/image-report.ts';
import type { BackendCheck } from '../../backend.ts';
import type { Build, BuildRequest } from '../../build.ts';
import type { Builder, BuilderUser, BuildFilter, EnsureRequest } from '../../builder.ts';
import { BuilderError } from '../../error.ts';

/** A builder that keeps a list, builds nothing, and tells what it was asked to. */
export interface ListedBuilder extends Builder {
  readonly started: readonly { readonly user: BuilderUser; readonly request: BuildRequest }[];
  readonly ensured: readonly { readonly user: BuilderUser; readonly request: EnsureRequest }[];
  readonly cleaned: readonly (readonly [user: string, maxAgeMs: number])[];
  /** Changes what is known of a build. */
  change(id: string, changes: Partial<Build>): void;
  /** Prints something; `undefined` ends the log. */
  print(id: string, text: string | undefined): void;
  readonly reports: Map<string, ImageReport>;
  backend: BackendCheck;
  /** What every call throws, while it is set. */
  failure: Error | undefined;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** For tests of what is before the builder. */
export function createListedBuilder(): ListedBuilder {
  const builds = new Map<string, Build>();
  const logs = new Map<string, { bytes: Buffer; hasEnded: boolean; wake: PromiseWithResolvers<void> }>();
  const cleaned: [string, number][] = [];
  const started: { user: BuilderUser; request: BuildRequest }[] = [];
  const ensured: { user: BuilderUser; request: EnsureRequest }[] = [];
  const newest = (): Build[] => [...builds.values()].reverse();
  const known = (id: string): Build => {
    const build = builds.get(id);
    if (build === undefined) throw new BuilderError('NOT_FOUND', `there is no build ${id}`);
    return build;
  };
  const logOf = (id: string) => {
    const log = logs.get(id);
    if (log === undefined) throw new BuilderError('NOT_FOUND', `there is no log of ${id}`);
    return log;
  };
  const add = ({ file, force: _force, ...request }: BuildRequest): Build => {
    const id = randomUUID();
    const build: Build = {
      ...request,
      id,
      jobName: `build-${request.user}-${id}`.slice(0, 63),
      key: digest(JSON.stringify([request.source, request.kind, file])),
      state: 'queued',
      attempts: 0,
      createdAt: Date.UTC(2026, 0, 1),
    };
    builds.set(id, build);
    logs.set(id, { bytes: Buffer.alloc(0), hasEnded: false, wake: Promise.withResolvers() });
    return build;
  };
  const self: ListedBuilder = {
    started,
    ensured,
    cleaned,
    reports: new Map(),
    backend: { isWell: true, about: 'nothing' },
    failure: undefined,
    change: (id, changes) => void builds.set(id, { ...known(id), ...changes }),
    print(id, text) {
      const log = logOf(id);
      if (text === undefined) log.hasEnded = true;
      else log.bytes = Buffer.concat([log.bytes, Buffer.from(text)]);
      log.wake.resolve();
      log.wake = Promise.withResolvers();
    },
    async start(user, request) {
      if (self.failure) throw self.failure;
      started.push({ user, request });
      return add(request);
    },
    async ensure(user, request) {
      if (self.failure) throw self.failure;
      ensured.push({ user, request });
      const { source, kind, file } = request;
      const key = digest(JSON.stringify([source, kind, file]));
      const build = newest().find((each) => each.user === user.login && each.key === key);
      if (build !== undefined && (build.state !== 'failed' || !request.retry)) {
        if (build.state === 'failed')
          throw new BuilderError('FAILED_BEFORE', 'This image could not be built');
        return build;
      }
      const tag = `${kind}-${key.slice(0, 20)}`;
      return add({ user: user.login, source, kind, file, target: { repository: user.login, tag } });
    },
    async find(idOrKey, user) {
      if (self.failure) throw self.failure;
      const build = newest().find(({ id, key }) => id === idOrKey || key === idOrKey);
      return user === undefined || build?.user === user ? build : undefined;
    },
    async list({ user, states, limit = 100, continuationToken = '0' }: BuildFilter) {
      if (self.failure) throw self.failure;
      const all = newest().filter(
        (each) => (user ?? each.user) === each.user && (states ?? [each.state]).includes(each.state),
      );
      const end = Number(continuationToken) + limit;
      const page = all.slice(Number(continuationToken), end);
      return { builds: page, ...(end < all.length && { continuationToken: String(end) }) };
    },
    waitEnded: async (id) => known(id),
    async cancel(id) {
      if (['queued', 'running'].includes(known(id).state)) self.change(id, { state: 'cancelled' });
      return known(id);
    },
    async *log(id, { start = 0, follow, signal }) {
      const log = logOf(id);
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      for (let at = start; ; ) {
        if (at < log.bytes.length) yield log.bytes.subarray(at);
        at = Math.max(at, log.bytes.length);
        if (!follow || log.hasEnded) return;
        await Promise.race([log.wake.promise, gone]);
        signal.throwIfAborted();
      }
    },
    report: async (id) => self.reports.get(id),
    async cleanUp(user, maxAgeMs) {
      if (self.failure) throw self.failure;
      cleaned.push([user, maxAgeMs]);
      return newest().filter((each) => each.user === user && each.state === 'succeeded').length;
    },
    onChange: () => ({ [Symbol.dispose]() {} }),
    counts: async () => ({ queued: builds.size, running: 0 }),
    check: async () => self.backend,
    async [Symbol.asyncDispose]() {},
  };
  return self;
}
