import { randomUUID } from 'node:crypto';
import type { Clock, Database } from '../../database/index.ts';
import type { Build, BuildRequest } from '../build.ts';
import type { BuilderUser, EnsureRequest } from '../builder.ts';
import type { Destination } from '../destination.ts';
import { BuildError, BuilderError } from '../error.ts';
import type { BuildRecords } from '../records/build-records.ts';
import { type StoredBuild, shownBuild } from '../records/build-row.ts';
import { insertBuild, type NewBuild, type ReusedImage } from '../records/insert-build.ts';
import type { Seal } from '../records/seal.ts';
import { buildKeyOf, digestOf } from './build-key.ts';
import type { BuildNews } from './build-news.ts';
import type { BuilderSettings } from './builder-options.ts';
import { checkSource } from './check-source.ts';
import { jobNameOf } from './names.ts';
import { reuseImage } from './reuse-image.ts';
import type { Telling } from './telling.ts';

// A registry that takes longer is asked by the build itself, while its user has the answer already.
const REUSE_LIMIT_MS = 2000;
const DESTINATION_LIMIT_MS = 10_000;
const TAG_DIGITS = 20;
const ENSURE_TRIES = 3;

export interface StartParts {
  readonly settings: BuilderSettings;
  readonly database: Database;
  readonly clock: Clock;
  readonly seal: Seal;
  readonly records: BuildRecords;
  readonly news: BuildNews;
  readonly tell: Telling;
}

/** A request with all that is known before anything is asked of anybody. */
interface Asked {
  readonly build: NewBuild;
  readonly destination: Destination;
}

/** What destinations are made of. */
const VARIABLES: ReadonlySet<string> = new Set(['REGISTRY_HOST', 'REGISTRY_SECRET']);

/** Only what says where images go is kept with a build. */
function environmentOf(user: BuilderUser): Readonly<Record<string, string>> {
  const wanted = Object.entries(user.environment).filter(([name]) => VARIABLES.has(name));
  return Object.fromEntries(wanted);
}

/** What work gives, unless it takes too long: then it goes on without anybody who waits. */
async function atMost<T>(work: (signal: AbortSignal) => Promise<T>, limitMs: number): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work(signal), late]);
}

/** Starts builds for users. */
export function createStarting({ settings, database, clock, seal, records, news, tell }: StartParts) {
  const { backend, recipe, limits, registryClientFor } = settings;

  async function destinationOf(user: BuilderUser): Promise<Destination> {
    try {
      return await atMost(
        async () => backend.destination(environmentOf(user), user.login),
        DESTINATION_LIMIT_MS,
      );
    } catch (cause) {
      if (cause instanceof BuildError) throw new BuilderError('NOT_CONFIGURED', cause.message, { cause });
      throw new BuilderError(
        'UNAVAILABLE',
        'Where images go cannot be found out: the backend does not answer',
        { cause },
      );
    }
  }

  async function asked(
    user: BuilderUser,
    request: BuildRequest,
    ensured?: Pick<EnsureRequest, 'builderId'>,
  ): Promise<Asked> {
    const { source, target, kind, file, force = false } = request;
    if (file !== undefined && kind === undefined) {
      throw new BuilderError('INVALID', 'A requirement file needs a kind, which says how it is installed');
    }
    const destination = await destinationOf(user);
    checkSource(user, source, destination);
    const { pushHost } = destination;
    const common = { user: user.login, pushHost, source, recipeVersion: recipe.version };
    const optional = { ...(kind !== undefined && { kind }), ...(file !== undefined && { file }) };
    const id = randomUUID();
    const build: NewBuild = {
      ...common,
      id,
      jobName: jobNameOf(user.login, id),
      key: buildKeyOf({ ...common, ...optional, ...ensured }),
      target,
      ...(kind !== undefined && { kind }),
      ...(file !== undefined && { fileDigest: digestOf(file) }),
      forced: force,
      ensured: ensured !== undefined,
      createdAt: clock.now(),
      input: { environment: environmentOf(user), ...(file !== undefined && { file }) },
    };
    return { build, destination };
  }

  /** Where the image is there, and nothing that goes on will have its name. */
  async function findReused({ build, destination }: Asked): Promise<ReusedImage | undefined> {
    if (build.forced) return undefined;
    const { source, target, key } = build;
    const images = await records.images(key);
    if (images.length === 0 || (await records.isTagBusy(build))) return undefined;
    const find = async (signal: AbortSignal): Promise<ReusedImage | undefined> => {
      await using client = registryClientFor(destination);
      const sourceDigest = await backend.sourceDigest(source, { destination, fresh: false, signal });
      return await reuseImage({ images, sourceDigest, target, destination, client, signal });
    };
    // Whatever it is: the build will meet it again, and say so in its log.
    return await atMost(find, REUSE_LIMIT_MS).catch(() => undefined);
  }

  async function write(build: NewBuild): Promise<StoredBuild | undefined> {
    const stored = await insertBuild(database, build, { maxQueued: limits.maxQueued, seal });
    if (stored === undefined) return undefined;
    tell.started(stored);
    if (stored.state === 'queued') news.queued(stored.id);
    else tell.ended(stored);
    return stored;
  }

  const tooMany = ({ user }: NewBuild): BuilderError =>
    new BuilderError(
      'LIMIT',
      `${user} has ${limits.maxQueued} builds waiting, and may not have more: wait for some of them, or cancel them`,
    );

  async function start(user: BuilderUser, request: BuildRequest): Promise<Build> {
    const order = await asked(user, request);
    const reused = await findReused(order);
    const stored = await write({ ...order.build, ...(reused && { reused }) });
    if (stored === undefined) throw tooMany(order.build);
    return shownBuild(stored);
  }

  /** The one that is there already, unless there is to be another one. */
  async function ensuredAlready(order: Asked, retry: boolean): Promise<StoredBuild | undefined> {
    const found = await records.byKey(order.build.key);
    if (found === undefined || found.state === 'queued' || found.state === 'running') return found;
    if (found.state === 'succeeded') return (await isStillThere(order, found)) ? found : undefined;
    if (retry) return undefined;
    const why = found.message ?? 'nobody said why';
    throw new BuilderError(
      'FAILED_BEFORE',
      `This image could not be built before (build ${found.id}): ${why}`,
    );
  }

  /** Whether the registry has it. One that does not answer is believed to have it: nothing else is known. */
  async function isStillThere({ destination }: Asked, { target, image }: StoredBuild): Promise<boolean> {
    const find = async (signal: AbortSignal): Promise<boolean> => {
      await using client = registryClientFor(destination);
      return (await client.findDigest(target.repository, target.tag, { signal })) === image?.digest;
    };
    return await atMost(find, REUSE_LIMIT_MS).catch(() => true);
  }

  async function ensure(user: BuilderUser, request: EnsureRequest): Promise<Build> {
    const { source, kind, file, builderId, retry = false } = request;
    const draft = { user: user.login, source, kind, file, target: { repository: user.login, tag: '' } };
    const { build, destination } = await asked(user, draft, { builderId });
    const tag = `${kind}-${build.key.slice(0, TAG_DIGITS)}`;
    const order = { destination, build: { ...build, target: { repository: user.login, tag } } };
    // More than once where somebody else was quicker, and theirs had ended before it could be looked at.
    for (let tries = 0; tries < ENSURE_TRIES; tries += 1) {
      const there = (await ensuredAlready(order, retry)) ?? (await write(order.build));
      if (there !== undefined) return shownBuild(there);
      const other = await records.byKey(build.key);
      if (other !== undefined && other.endedAt === undefined) return shownBuild(other);
      if (other === undefined) break; // there is no room
    }
    throw tooMany(build);
  }

  return { start, ensure };
}
