import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Database } from '../../../database/index.ts';
import { openDatabaseLogs } from '../../../logs/index.ts';
import type { Build, BuildRequest } from '../../build.ts';
import type { Builder, BuilderUser } from '../../builder.ts';
import { openBuilder } from '../../open-builder.ts';
import { createFakeBackend, type FakeBackend, type FakeBackendOptions } from '../../testing/fake-backend.ts';
import { createFakeRegistry, type FakeRegistry } from '../../testing/fake-registry.ts';
import { LINES } from '../../testing/lines-recipe.ts';
import type { BuilderOptions } from '../builder-options.ts';

/** A database with the tables of builder and logs, for all tests of a file. */
export interface BuilderContractOptions {
  readonly database: () => Database;
  /** Opens it once more, as another server does, where that can be. */
  readonly again?: () => Promise<Database>;
}

export interface RigOptions extends Partial<BuilderOptions> {
  readonly fake?: FakeBackendOptions;
  /** What this server may fail at without the test failing. */
  readonly isTroubled?: boolean;
}

/** One server. */
export interface BuilderServer extends AsyncDisposable {
  readonly builder: Builder;
  readonly backend: FakeBackend;
  readonly errors: readonly unknown[];
}

/** A builder with a fake backend and a fake registry, and users that no other test has. */
export interface BuilderRig extends BuilderServer {
  readonly registry: FakeRegistry;
  readonly database: Database;
  readonly user: BuilderUser;
  /** Another user. */
  userOf(name: string): BuilderUser;
  request(fields?: Partial<BuildRequest>): BuildRequest;
  /** Starts a build of the user, or of the one that the request names. */
  start(fields?: Partial<BuildRequest>): Promise<Build>;
  /** Starts one and waits for its end. */
  built(fields?: Partial<BuildRequest>): Promise<Build>;
  ended(build: Build): Promise<Build>;
  logOf(id: string): Promise<string>;
  /** Another server on the same database, with a backend of its own and the same registry. */
  another(options?: RigOptions): Promise<BuilderServer>;
}

export const soon = (): AbortSignal => AbortSignal.timeout(20_000);

const ALL_BUILDS = { sqlite: 'DELETE FROM builder_builds', postgres: 'DELETE FROM builder_builds' };

/** Opens a rig, and forgets the builds of the test before. */
export async function openRig(
  contract: BuilderContractOptions,
  options: RigOptions = {},
): Promise<BuilderRig> {
  await contract.database().query(ALL_BUILDS);
  const suffix = randomUUID().slice(0, 8);
  const userOf = (name: string): BuilderUser => ({
    login: `${name}${suffix}`,
    environment: {},
    sources: 'all',
  });
  const user = userOf('alice');
  const registry = createFakeRegistry();
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));

  async function serve(
    { fake, isTroubled = false, ...more }: RigOptions,
    database: Database,
  ): Promise<BuilderServer> {
    const own = new AsyncDisposableStack();
    const errors: unknown[] = [];
    const logs = own.use(openDatabaseLogs({ database, gatherMs: 1 }));
    const backend = createFakeBackend({ registry, ...fake });
    const builder = own.use(
      await openBuilder({
        database,
        logs,
        backend,
        recipe: LINES,
        registryClientFor: () => registry.client(),
        leaseMs: 1000,
        sweepEveryMs: 50,
        onError: (error) => errors.push(error),
        ...more,
      }),
    );
    return {
      builder,
      backend,
      errors,
      async [Symbol.asyncDispose]() {
        await own.disposeAsync();
        if (!isTroubled) expect(errors).toEqual([]);
      },
    };
  }

  const first = opened.use(await serve(options, contract.database()));
  const { builder, backend, errors } = first;
  const request = (fields: Partial<BuildRequest> = {}): BuildRequest => ({
    user: user.login,
    source: 'registry.example.com/runtime:1',
    target: { repository: fields.user ?? user.login, tag: 'web' },
    kind: 'nodejs',
    file: 'a\n',
    ...fields,
  });
  const start = (fields: Partial<BuildRequest> = {}): Promise<Build> =>
    builder.start({ ...user, login: fields.user ?? user.login }, request(fields));
  const ended = (build: Build): Promise<Build> => builder.waitEnded(build.id, soon());
  const all = opened.move();

  return {
    builder,
    backend,
    errors,
    registry,
    database: contract.database(),
    user,
    userOf,
    request,
    start,
    ended,
    built: async (fields) => await ended(await start(fields)),
    async logOf(id) {
      const pieces: Uint8Array[] = [];
      for await (const piece of builder.log(id, { follow: true, signal: soon() })) pieces.push(piece);
      return Buffer.concat(pieces).toString();
    },
    async another(more = {}) {
      const database = await contract.again?.();
      const server = await serve(more, database ?? contract.database());
      all.defer(async () => {
        await server[Symbol.asyncDispose]();
        await database?.[Symbol.asyncDispose]();
      });
      return server;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
