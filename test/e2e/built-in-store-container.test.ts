import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unsnappy } from '../../src/archive/testing/unsnappy.ts';
import { openRunCatalog, readManifest } from '../../src/artifacts/index.ts';
import { createImages, docker } from '../support/images.ts';
import { openRigStore } from '../support/kept-runs.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const STORE = { 'internal/store-container': {} };

/** Loads an image file as the step wrote it; gives the image's name. */
function load(file: Buffer): string {
  const loaded = execFileSync('docker', ['load', '-q'], { input: unsnappy(file), encoding: 'utf8' }).trim();
  return loaded.replace(/^Loaded image(?: ID)?: /, '');
}

describe.concurrent('internal/store-container', { timeout: BUSY_MACHINE_MS }, () => {
  it('keeps the box as an image file in the run folder, and nothing else', async () => {
    const id = freshId('stored');
    await using rig = createRig(pipelineFile({ steps: ['echo kept > /kept', STORE] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--run-id', id]);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(docker('images', '-q', `run-${id}`)).toBe('');
    const file = readFileSync(join(rig.folder, '.wercker/builds', id, 'docker.tar.sz'));
    expect(stdout).toContain(`SHA-256 ${createHash('sha256').update(file).digest('hex')}`);
    expect(readdirSync(join(rig.folder, '.wercker/builds'))).toEqual([id]);
    const images = createImages();
    try {
      const image = images.adopt(load(file));
      expect(image).toBe(`run-${id}:latest`);
      expect(docker('run', '--rm', image, 'cat', '/kept')).toBe('kept');
    } finally {
      images.remove();
    }
  });

  it('puts it into the artifact store under the key of the run', async () => {
    const id = freshId('stored');
    await using rig = createRig(pipelineFile({ steps: [STORE] }));
    const words = [
      'build',
      '--run-id',
      id,
      '--application-id',
      'app-1',
      '--store-s3',
      '--s3-bucket',
      'bucket',
    ];
    const { exitCode, stdout, stderr } = await rig.run([...words, '--local-file-store', 'store']);
    expect(exitCode, stderr + stdout).toBe(0);
    const key = `store/bucket/project-artifacts/app-1/${id}/docker.tar.sz`;
    expect(stdout).toContain(key);
    expect(rig.exists(key)).toBe(true);
    expect(rig.exists(`.wercker/builds/${id}/docker.tar.sz`)).toBe(false);
    expect((await rig.run(['build'])).exitCode).toBe(0);
  });

  it('is among the artifacts of a run with --artifacts, and in the run folder too', async () => {
    const id = freshId('stored');
    await using rig = createRig(pipelineFile({ steps: ['echo x > "$WERCKER_OUTPUT_DIR/f"', STORE] }));
    const { exitCode, stderr } = await rig.run(['build', '--artifacts', '--run-id', id]);
    expect(exitCode, stderr).toBe(0);
    const file = readFileSync(join(rig.folder, '.wercker/builds', id, 'docker.tar.sz'));
    const sha256 = createHash('sha256').update(file).digest('hex');
    await using store = await openRigStore(rig);
    const record = await openRunCatalog(store).get(id);
    expect(record?.artifacts.map(({ name }) => name)).toEqual(['container', 'output']);
    const [container] = record?.artifacts ?? [];
    expect(container).toMatchObject({ fileName: 'docker.tar.sz', sha256, safeId: record?.steps[1]?.safeId });
    const manifest = await readManifest(store, container?.key ?? '');
    expect(manifest).toMatchObject({
      sha256,
      sizeBytes: file.length,
      mediaType: 'application/x-snappy-framed',
    });
    expect(manifest).not.toHaveProperty('entries');
  });
});
