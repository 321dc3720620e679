import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  artifactKey,
  collectGarbage,
  type GarbageOptions,
  manifestKey,
  openRunCatalog,
  type Removal,
  recordKey,
  storeArtifact,
} from '../../src/artifacts/index.ts';
import { putRun, putText } from '../../src/artifacts/testing/kept-run.ts';
import { recordedArtifact, runRecord } from '../../src/artifacts/testing/run-record.ts';
import { type ObjectStore, openStore } from '../../src/store/index.ts';
import { startOciServer } from '../../src/store/testing/oci-server.ts';
import { startS3Server } from '../../src/store/testing/s3-server.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** A store, and what is to be closed and removed after it. */
interface Opened extends AsyncDisposable {
  readonly store: ObjectStore;
}

async function openFolder(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-garbage-'));
  const store = await openStore({ type: 'folder', folder });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openBehind(
  server: AsyncDisposable,
  location: Parameters<typeof openStore>[0],
): Promise<Opened> {
  const store = await openStore(location);
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function openS3(): Promise<Opened> {
  const server = await startS3Server();
  const { bucket, region, endpoint, credentials } = server;
  return await openBehind(server, { type: 's3', bucket, region, endpoint, credentials });
}

async function openOci(): Promise<Opened> {
  const server = await startOciServer();
  return await openBehind(server, server.location);
}

async function collect(store: ObjectStore, options: Partial<GarbageOptions> = {}): Promise<Removal[]> {
  const rules = { keepDays: 30, keepRuns: 100 };
  const removals: Removal[] = [];
  for await (const removal of collectGarbage(store, { rules, now: Date.now(), ...options }))
    removals.push(removal);
  return removals;
}

const keysOf = async (store: ObjectStore): Promise<string[]> =>
  (await store.list()).objects.map(({ key }) => key);

describe.each([
  ['a folder', openFolder],
  ['the S3 API', openS3],
  ['OCI Object Storage', openOci],
])('on %s, a collection', (_, open) => {
  it('removes what the rules take, what expired and what is left over, and nothing else', async () => {
    await using opened = await open();
    const { store } = opened;
    const ago = (days: number) => ({
      startedAt: Date.now() - days * DAY,
      finishedAt: Date.now() - days * DAY,
    });
    await putRun(store, { runId: 'new', ...ago(1) });
    await putRun(store, { runId: 'old', ...ago(40) });
    await putRun(store, { runId: 'kept', ...ago(40), kept: true });
    await putRun(store, { runId: 'expires', ...ago(1) }, { expiresAt: Date.now() + HOUR });
    const lone = manifestKey(artifactKey('app', 'lone'));
    await putText(store, lone, '{}');
    const now = Date.now() + 2 * HOUR;
    const went = await collect(store, { now });
    expect(went.map(({ what, name }) => [what, name])).toEqual([
      ['artifact', artifactKey('app', 'expires')],
      ['run', 'old'],
      ['leftover', lone],
    ]);
    const artifacts = ['kept', 'new'].flatMap((id) => [
      artifactKey('app', id),
      manifestKey(artifactKey('app', id)),
    ]);
    expect(await keysOf(store)).toEqual([...artifacts, ...['expires', 'kept', 'new'].map(recordKey)]);
    expect(await collect(store, { now })).toEqual([]);
  });
});

/** Stores an artifact as a run does, its record before and after it, and says whether all of it was there at its end. */
async function run(store: ObjectStore, runId: string): Promise<boolean> {
  const catalog = openRunCatalog(store);
  const record = runRecord({ runId, startedAt: Date.now(), result: 'running' });
  await catalog.write(record);
  const key = artifactKey('app', runId);
  const content = {
    stream: (async function* () {
      for (let i = 0; i < 20; i += 1) yield Buffer.alloc(1000, i);
    })(),
  };
  const manifest = await storeArtifact({
    store,
    key,
    runId,
    name: 'output',
    fileName: 'output.bin',
    format: 'other',
    content,
  });
  const isWhole = (await store.head(key)) !== undefined && (await store.head(manifestKey(key))) !== undefined;
  const { sizeBytes, sha256 } = manifest;
  const artifact = recordedArtifact({ key, store: store.name, sizeBytes, sha256 });
  await catalog.write({ ...record, result: 'passed', finishedAt: Date.now(), artifacts: [artifact] });
  return isWhole;
}

describe('collections beside runs', () => {
  it('take nothing of what goes on, and leave each run whole or not at all', async () => {
    await using opened = await openFolder();
    const { store } = opened;
    let areRunning = true;
    const collector = async (): Promise<void> => {
      while (areRunning) await collect(store, { rules: { keepDays: 30, keepRuns: 2 }, ownsAll: true });
    };
    const collectors = [collector(), collector()];
    const results: boolean[] = [];
    for (let i = 0; i < 12; i += 1) {
      results.push(...(await Promise.all(['a', 'b'].map((name) => run(store, `${name}${i}`)))));
    }
    areRunning = false;
    await Promise.all(collectors);
    await collect(store, { rules: { keepDays: 30, keepRuns: 2 }, ownsAll: true });
    expect(results).toEqual(results.map(() => true));
    const keys = await keysOf(store);
    const { runs } = await openRunCatalog(store).list();
    expect(runs).toHaveLength(2);
    const whole = runs.flatMap(({ runId }) => {
      const key = artifactKey('app', runId);
      return [key, manifestKey(key), recordKey(runId)];
    });
    expect(new Set(keys)).toEqual(new Set(whole));
  });
});
