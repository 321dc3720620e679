import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type ArtifactManifest,
  openRunCatalog,
  type RecordedArtifact,
  type RunRecord,
  readManifest,
} from '../../src/artifacts/index.ts';
import { openStore } from '../../src/store/index.ts';
import { openRigStore } from '../support/kept-runs.ts';
import { freshId, pipelineFile, script } from '../support/pipeline.ts';
import { createRig, type Rig } from '../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const PROGRAM = resolve(import.meta.dirname, '../../bin/slipway');

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const MAKE = `mkdir "$WERCKER_OUTPUT_DIR/d"; cd "$WERCKER_OUTPUT_DIR/d"
echo kept > f.txt; ln f.txt hard; ln -s f.txt link; head -c 300000 /dev/urandom > "large file"; chmod 700 f.txt
echo report > "$WERCKER_REPORT_ARTIFACTS_DIR/r.xml"`;

async function recordOf(rig: Rig, runId: string): Promise<RunRecord | undefined> {
  await using store = await openRigStore(rig);
  return await openRunCatalog(store).get(runId);
}

async function allRecords(rig: Rig): Promise<readonly RunRecord[]> {
  await using store = await openRigStore(rig);
  const { runs, damaged } = await openRunCatalog(store).list();
  expect(damaged).toEqual([]);
  return runs;
}

/** Holds what a record and a manifest say against the bytes in the folder of the store. */
function expectTrue(
  folder: string,
  artifact: RecordedArtifact,
  manifest: ArtifactManifest | undefined,
): void {
  const tar = readFileSync(join(folder, artifact.key));
  for (const told of [artifact, manifest])
    expect(told).toMatchObject({ sizeBytes: tar.length, sha256: sha256(tar) });
  expect(manifest?.crc32).toBe(crc32(tar));
  for (const { type, offset = 0, sizeBytes, sha256: digest, crc32: sum } of manifest?.entries ?? []) {
    if (type !== 'file') continue;
    const content = tar.subarray(offset, offset + sizeBytes);
    expect([sha256(content), crc32(content)]).toEqual([digest, sum]);
  }
}

describe.concurrent('a build with --artifacts', { timeout: BUSY_MACHINE_MS }, () => {
  it('leaves a record, and its artifacts with manifests whose digests are true', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [script({ name: 'make', code: MAKE })], afterSteps: ['echo after'] }),
    );
    const runId = freshId('kept');
    const names = ['--run-id', runId, '--application-id', 'app-1', '--git-branch', 'topic'];
    const { exitCode, stderr } = await rig.run([
      'build',
      '--artifacts',
      ...names,
      '--artifact-expires',
      '30d',
    ]);
    expect(exitCode, stderr).toBe(0);
    const record = await recordOf(rig, runId);
    expect(record).toMatchObject({
      runId,
      application: { id: 'app-1' },
      kind: 'build',
      pipeline: 'build',
      git: { branch: 'topic' },
      result: 'passed',
      steps: [
        { displayName: 'make', phase: 'main', result: 'passed' },
        { phase: 'after', result: 'passed' },
      ],
      artifacts: [
        { name: record?.steps[0]?.safeId, safeId: record?.steps[0]?.safeId, files: 1 },
        { name: 'output', files: 4, key: `project-artifacts/app-1/${runId}/output.tar` },
      ],
    });
    await using store = await openRigStore(rig);
    const folder = join(rig.dataFolder, 'store');
    for (const artifact of record?.artifacts ?? []) {
      const manifest = await readManifest(store, artifact.key);
      expectTrue(folder, artifact, manifest);
      expect(Math.abs((manifest?.expiresAt ?? 0) - Date.now() - 30 * 86_400_000)).toBeLessThan(600_000);
    }
    const output = await readManifest(store, record?.artifacts[1]?.key ?? '');
    const about = output?.entries?.map(({ path, type, mode, target }) => [path, type, mode, target]);
    expect(about?.toSorted()).toEqual([
      ['d', 'folder', 0o755, undefined],
      ['d/f.txt', 'file', 0o700, undefined],
      ['d/hard', 'file', 0o700, undefined],
      ['d/large file', 'file', 0o644, undefined],
      ['d/link', 'link', 0o777, 'f.txt'],
    ]);
  });

  it('records a run that failed too, and one without artifacts', async () => {
    await using rig = createRig(pipelineFile({ steps: [script({ name: 'break', code: 'return 3' }), ':'] }));
    const runId = freshId('failed');
    await rig.run(['build', '--run-id', runId]);
    expect(await recordOf(rig, runId)).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('Step failed: break'),
      steps: [{ result: 'failed' }, { result: 'skipped' }],
      artifacts: [],
    });
    rig.write('wercker.yml', 'box: [');
    await rig.run(['build', '--run-id', `${runId}-2`]);
    expect(await recordOf(rig, `${runId}-2`)).toMatchObject({ result: 'failed', steps: [] });
  });

  it('stores below the bucket of a store that was asked for, and records the run there as well', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x > "$WERCKER_OUTPUT_DIR/f"'] }));
    const runId = freshId('asked');
    const words = ['build', '--artifacts', '--run-id', runId, '--store-s3', '--s3-bucket', 'bucket'];
    const { stderr, exitCode } = await rig.run([...words, '--local-file-store', 'store']);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Uploading file to local-file-store\n');
    await using store = await openStore({ type: 'folder', folder: join(rig.folder, 'store/bucket') });
    const record = await openRunCatalog(store).get(runId);
    expect(record).toEqual(await recordOf(rig, runId));
    const [artifact] = record?.artifacts ?? [];
    if (artifact === undefined) throw new Error('nothing was stored');
    expectTrue(join(rig.folder, 'store/bucket'), artifact, await readManifest(store, artifact.key));
    expect(existsSync(join(rig.dataFolder, 'store', artifact.key))).toBe(false);
  });
});

describe.concurrent('runs that are recorded', { timeout: BUSY_MACHINE_MS }, () => {
  it('are lost when their process was killed, and interrupted when a person left', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo begun; sleep 1000'] }));
    const runId = freshId('killed');
    const killed = rig.start(['build', '--run-id', runId]);
    await killed.waitFor('begun\n');
    // Nothing waits for it to be written.
    await expect.poll(() => recordOf(rig, runId), { timeout: 30_000 }).toMatchObject({ result: 'running' });
    killed.process.kill('SIGKILL');
    await killed.finished;
    expect(await recordOf(rig, runId)).toMatchObject({
      result: 'lost',
      application: { id: expect.any(String) },
    });
    const left = rig.start(['build', '--run-id', `${runId}-2`]);
    await left.waitFor('begun\n');
    left.process.kill('SIGINT');
    await left.finished;
    expect(await recordOf(rig, `${runId}-2`)).toMatchObject({ result: 'interrupted' });
    await rig.run(['clean']);
  });

  it('are several at once without harm to each other', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['echo "$WERCKER_RUN_ID" > "$WERCKER_OUTPUT_DIR/id"'] }),
    );
    const ids = [freshId('one'), freshId('two'), freshId('three')];
    const runs = await Promise.all(ids.map((id) => rig.run(['build', '--artifacts', '--run-id', id])));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const records = await allRecords(rig);
    expect(records.map(({ runId }) => runId).toSorted()).toEqual(ids.toSorted());
    await using store = await openRigStore(rig);
    for (const { artifacts } of records) {
      for (const artifact of artifacts)
        expectTrue(join(rig.dataFolder, 'store'), artifact, await readManifest(store, artifact.key));
    }
    expect(readdirSync(join(rig.dataFolder, 'store')).toSorted()).toEqual([
      '.slipway',
      'project-artifacts',
      'runs',
    ]);
  });

  it('are those of a workflow, of dev and of deploys, and the run that a service is built in', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['echo x > "$WERCKER_OUTPUT_DIR/f"'],
        top: {
          dev: { steps: [{ script: { code: 'true' } }] },
          deploy: {
            steps: [{ script: { code: 'true' } }],
            services: [{ url: 'file://service#build', name: 'part', cmd: 'sleep 100', ready: false }],
          },
          workflows: [{ name: 'all', pipelines: [{ name: 'build' }, { name: 'dev', requires: ['build'] }] }],
        },
      }),
    );
    rig.write('service/wercker.yml', pipelineFile({ steps: ['true'] }));
    expect((await rig.run(['workflow', 'all'])).exitCode).toBe(0);
    expect((await rig.run(['dev'])).exitCode).toBe(0);
    expect((await rig.run(['deploy'])).exitCode).toBe(0);
    const records = await allRecords(rig);
    const inner = records.find(({ partOf }) => partOf !== undefined);
    const shown = records.map(({ kind, pipeline, result, artifacts }) =>
      [kind, pipeline, result, artifacts.length].join(' '),
    );
    expect(shown.toSorted()).toEqual([
      'build build passed 0',
      'build dev passed 0',
      'deploy build passed 1',
      'deploy deploy passed 0',
      'deploy dev passed 1',
    ]);
    expect(records.find(({ pipeline }) => pipeline === 'deploy')?.runId).toBe(inner?.partOf);
    execFileSync('docker', ['rmi', '-f', `run-${inner?.runId}:latest`], { stdio: 'ignore' });
  });
});

describe.concurrent('a disk that is full', { timeout: BUSY_MACHINE_MS }, () => {
  /** With a folder on a small disk of its own, which is there for the program alone and ends with it. */
  function runOnSmallDisk(rig: Rig, folder: string, words: readonly string[]) {
    mkdirSync(folder);
    const mount = 'mount -t tmpfs -o size=300k tmpfs "$0" && exec "$@"';
    return spawnSync('unshare', ['-rm', 'sh', '-c', mount, folder, PROGRAM, ...words], {
      cwd: rig.folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: rig.folder, SLIPWAY_DATA_DIR: rig.dataFolder },
    });
  }

  it('under the data folder fails the run in words that say what to do, and the output stays', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['head -c 1000000 /dev/urandom > "$WERCKER_OUTPUT_DIR/f"'] }),
    );
    const { status, stderr } = runOnSmallDisk(rig, rig.dataFolder, [
      'build',
      '--artifacts',
      '--run-id',
      freshId('full'),
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain('Storing artifacts failed: ');
    expect(stderr).toContain(rig.dataFolder);
    expect(stderr).toContain('make room there');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(rig.exists('.wercker/latest/output/f')).toBe(true);
  });

  it('under the working folder fails the run in words, and neither ends the program nor the after-steps', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['head -c 1000000 /dev/urandom > "$WERCKER_OUTPUT_DIR/f"'],
        afterSteps: ['echo "after: $WERCKER_RESULT"'],
      }),
    );
    const runId = freshId('full');
    const words = ['build', '--artifacts', '--run-id', runId];
    const { status, stdout, stderr } = runOnSmallDisk(rig, join(rig.folder, '.wercker'), words);
    expect(status).toBe(1);
    expect(stderr).toContain('Storing artifacts failed: ');
    expect(stderr).toContain('look at the disk of the working folder');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toContain('after: failed');
    expect(await recordOf(rig, runId)).toMatchObject({ result: 'failed', artifacts: [] });
  });
});
