import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { openRepository } from '../../../cache/index.ts';
import { storeLocation } from '../../../config/index.ts';
import { checkDatabaseFile, inspectPostgres } from '../../../database/index.ts';
import { formatBytes } from '../../../kernel/index.ts';
import { type ObjectStore, openStore } from '../../../store/index.ts';
import { liveClaim } from '../../data-claim.ts';
import { openKeptStores } from '../../kept-stores.ts';
import { ownCacheFolder } from '../../open-cache.ts';
import { readSettings } from '../../read-settings.ts';
import { MIGRATIONS } from '../../server-parts.ts';
import { type Check, type Finding, ok, skipped, warning } from '../check.ts';

const SLOW_MS = 50;

export const DATABASE: Check = {
  name: 'database',
  async run({ server: { database }, dataFolder }, signal) {
    if (database.type === 'sqlite') return await sqliteFinding(database.file, dataFolder);
    const { version, pending, latencyMs } = await inspectPostgres(database.url, MIGRATIONS, signal);
    const later =
      pending === 0 ? 'its tables are up to date' : `the next start takes ${pending} steps forward`;
    const found = `PostgreSQL ${version}, ${latencyMs.toFixed(1)} ms away; ${later}`;
    if (latencyMs < SLOW_MS) return ok(found);
    return warning(found, 'each request waits for it several times: have the database nearer');
  },
};

async function sqliteFinding(file: string, dataFolder: string): Promise<Finding> {
  if (!existsSync(file)) return ok(`${file} is made at the first start`);
  const about = `${file}, ${formatBytes(statSync(file).size)}`;
  if ((await liveClaim(dataFolder)) !== undefined) return ok(`${about}; the server has it`);
  const log = `${file}-wal`;
  if (existsSync(log) && statSync(log).size > 0)
    return ok(`${about}; it was not closed, and the next start takes in what its log has`);
  await checkDatabaseFile(file, MIGRATIONS);
  return ok(`${about}; whole, and of no newer program`);
}

/** Every store that a server uses. */
export const STORE: Check = {
  name: 'store',
  async run({ context, dataFolder }, signal) {
    if (existsSync(dataFolder)) {
      await using kept = await openKeptStores(context);
      return ok((await Promise.all(kept.all.map((store) => probe(store, signal)))).join('; '));
    }
    // Nothing is made on this machine by looking; a bucket is there already.
    const { settings, file } = await readSettings(context);
    const location = await storeLocation({ settings, environment: context.environment, file });
    if (location === undefined || location.type === 'folder')
      return skipped('its folder is made at the first start');
    await using store = await openStore(location);
    return ok(await probe(store, signal));
  },
};

const PROBE = Buffer.from('written by slipway doctor, and removed by it');

async function probe(store: ObjectStore, signal: AbortSignal): Promise<string> {
  const key = `slipway-doctor/${randomUUID()}`;
  const startedAt = performance.now();
  await store.put(key, pieces(), { sizeBytes: PROBE.length, signal });
  try {
    await using content = await store.open(key, { signal });
    if (content === undefined) throw new Error(`${store.name} does not have what was just stored`);
    const read: Buffer[] = [];
    for await (const bytes of content) read.push(Buffer.from(bytes));
    if (!Buffer.concat(read).equals(PROBE))
      throw new Error(`${store.name} gives back something else than was stored`);
  } finally {
    await store.remove(key);
  }
  const tookMs = Math.round(performance.now() - startedAt);
  return `${store.name}: written, read and removed in ${tookMs} ms`;
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield PROBE;
}

export const CACHE: Check = {
  name: 'artifact-cache',
  async run({ context }) {
    const folder = context.flags.text('repository') ?? (await ownCacheFolder(context));
    if (!existsSync(folder) && context.flags.text('repository') === undefined)
      return ok(`${folder} is made at the first start`);
    await using repository = await openRepository(folder);
    const refs = await repository.listRefs();
    await repository
      .withLock(async () => {}, { signal: AbortSignal.timeout(LOCK_MS) })
      .catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
      });
    const found = `${folder} has ${refs.length} ${refs.length === 1 ? 'ref' : 'refs'}`;
    const { quotaBytes, objects } = repository.settings;
    if (objects !== undefined) return ok(`${found}, and its objects in ${objects}`);
    if (quotaBytes !== undefined) return ok(`${found}, and a quota of ${formatBytes(quotaBytes)}`);
    return refs.length < MANY_REFS
      ? ok(found)
      : warning(
          `${found}, and no quota`,
          'it grows as long as the disk has room: slipway cache init --quota SIZE',
        );
  },
};

/** Somebody publishes, or prunes: it can be locked, which is all that is to be seen. */
const LOCK_MS = 2000;
const MANY_REFS = 10_000;
