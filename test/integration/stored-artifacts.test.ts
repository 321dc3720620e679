import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/artifacts/index.ts';
import { type FaultyStore, openFaultyStore } from '../../src/artifacts/testing/faulty-store.ts';
import { createFakeEngine } from '../../src/engine/fake/index.ts';
import type { ArtifactStored, RunEvent } from '../../src/kernel/index.ts';
import { type ArtifactStore, type RunRequest, type RunResult, runPipeline } from '../../src/runner/index.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const OUTPUT = 'mkdir -p "$WERCKER_OUTPUT_DIR/d"; echo kept > "$WERCKER_OUTPUT_DIR/d/f.txt"';
const REPORT = 'echo report > "$WERCKER_REPORT_ARTIFACTS_DIR/r.xml"';

interface Options {
  readonly store?: FaultyStore;
  readonly destination?: ArtifactStore['destination'];
  readonly changes?: Partial<RunRequest>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

async function run(project: ProjectRun, options: Options = {}): Promise<RunResult> {
  const { store, destination, changes, signal, onEvent } = options;
  await using engine = await createFakeEngine();
  return await runPipeline(project.request({ artifacts: true, ...changes }), {
    engine,
    signal: signal ?? new AbortController().signal,
    events: (event) => {
      project.events.push(event);
      onEvent?.(event);
    },
    ...(store && { artifactStore: { store, ...(destination !== undefined && { destination }) } }),
  });
}

const storedOf = ({ events }: ProjectRun): (ArtifactStored & { readonly runId: string })[] =>
  events.filter((event) => event.type === 'artifact-stored');

const stepsOf = ({ events }: ProjectRun): string[] =>
  events.flatMap((event) =>
    event.type === 'step-finished' ? [`${event.displayName} ${event.phase} ${event.result}`] : [],
  );

const noticesOf = ({ events }: ProjectRun): string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

const make = (code: string) => script({ name: 'make', code });
const tell = script({ name: 'tell', code: 'echo "after: $WERCKER_RESULT $WERCKER_FAILED_STEP_MESSAGE"' });

describe('the artifacts of a run with a store', () => {
  it('are in it with their manifests, those of the steps too, and on this machine', async () => {
    await using store = openFaultyStore();
    using project = createProjectRun(pipelineFile({ steps: [make(`${OUTPUT}; ${REPORT}`)] }));
    const { result, runFolder } = await run(project, { store });
    expect(result).toBe('passed');
    const [report, output, ...more] = storedOf(project);
    expect(more).toEqual([]);
    expect(report).toMatchObject({ name: report?.safeId, fileName: 'output.tar', files: 1 });
    expect(output).toMatchObject({ name: 'output', files: 1, store: 'the store of the test' });
    for (const event of [report, output]) {
      const manifest = await readManifest(store, event?.key ?? '');
      const { sha256, sizeBytes, name, mediaType } = manifest ?? {};
      expect(event).toMatchObject({ sha256, sizeBytes, name, mediaType });
      expect(readFileSync(event?.tar ?? '')).toHaveLength(sizeBytes ?? -1);
    }
    const manifest = await readManifest(store, output?.key ?? '');
    expect(manifest?.entries?.map(({ path }) => path)).toEqual(['d', 'd/f.txt']);
    expect(readFileSync(join(runFolder, 'output/d/f.txt'), 'utf8')).toBe('kept\n');
    expect(await store.keys()).toHaveLength(4);
  });

  it('go there under a line only where somebody asked for the store', async () => {
    const linesFor = async (destination?: ArtifactStore['destination']): Promise<string[]> => {
      await using store = openFaultyStore();
      using project = createProjectRun(pipelineFile({ steps: [OUTPUT] }));
      await run(project, { store, ...(destination !== undefined && { destination }) });
      expect(storedOf(project)).toMatchObject([{ key: expect.stringContaining('output.tar') }]);
      return noticesOf(project).filter((text) => text.startsWith('Uploading'));
    };
    expect(await linesFor()).toEqual([]);
    expect(await linesFor('S3')).toEqual(['Uploading file to S3']);
    expect(await linesFor('local-file-store')).toEqual(['Uploading file to local-file-store']);
  });

  it('expire when the request says so', async () => {
    await using store = openFaultyStore();
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT] }));
    const before = Date.now();
    await run(project, { store, changes: { artifactTtlMs: 60_000 } });
    const [output] = storedOf(project);
    expect(output?.expiresAt).toBeGreaterThanOrEqual(before + 60_000);
    const manifest = await readManifest(store, output?.key ?? '');
    expect(manifest?.expiresAt).toBe(output?.expiresAt);
    expect((await store.head(output?.key ?? ''))?.expiresAt).toBe(output?.expiresAt);
  });

  it('have no secret in the names that their manifests hold', async () => {
    await using store = openFaultyStore();
    const code = 'echo x > "$WERCKER_OUTPUT_DIR/key-$TOKEN.txt"; ln -s "$TOKEN" "$WERCKER_OUTPUT_DIR/link"';
    using project = createProjectRun(pipelineFile({ steps: [code] }));
    const hostEnvironment = new Map([['XXX_TOKEN', 'hush-hush-hush']]);
    expect((await run(project, { store, changes: { hostEnvironment } })).result).toBe('passed');
    const manifest = await readManifest(store, storedOf(project)[0]?.key ?? '');
    expect(manifest?.entries?.map(({ path, target }) => [path, target])).toEqual([
      ['key-***.txt', undefined],
      ['link', '***'],
    ]);
    expect(JSON.stringify(project.events)).not.toContain('hush-hush-hush');
  });

  it('have a key also where the id of the application can be part of none', async () => {
    await using store = openFaultyStore();
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT] }));
    const application = { id: '..', name: 'app', ownerName: 'me', startedByName: 'me' };
    expect((await run(project, { store, changes: { application } })).result).toBe('passed');
    expect(storedOf(project)[0]?.key).toMatch(/^project-artifacts\/-\/[^/]+\/output\.tar$/);
  });

  it('stay on this machine where there is none', async () => {
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT] }));
    expect((await run(project)).result).toBe('passed');
    expect(storedOf(project)).toMatchObject([{ name: 'output', files: 1 }]);
    expect(storedOf(project)[0]).not.toHaveProperty('key');
  });
});

describe('the artifacts of after-steps', () => {
  it('are stored also after an interrupt, where the after-steps run', async () => {
    await using store = openFaultyStore();
    using project = createProjectRun(
      pipelineFile({ steps: ['echo begun; sleep 1000'], afterSteps: [make(REPORT)] }),
    );
    const stop = new AbortController();
    const { result } = await run(project, {
      store,
      signal: stop.signal,
      changes: { afterStepsOnInterrupt: true },
      onEvent: (event) => {
        if (event.type === 'step-output') stop.abort();
      },
    });
    expect(result).toBe('interrupted');
    expect(stepsOf(project).at(-1)).toBe('make after passed');
    expect(await readManifest(store, storedOf(project)[0]?.key ?? '')).toMatchObject({
      fileName: 'output.tar',
    });
  });
});

describe('trouble with the store', () => {
  it.each([
    ['NO_SPACE', 'make room there'],
    ['UNAVAILABLE', 'look at whether the store is well'],
    ['FORBIDDEN', 'credentials'],
  ] as const)('(%s) fails the run in words, after the after-steps', async (code, hint) => {
    await using store = openFaultyStore();
    store.next(/output\.tar$/, { kind: 'fail', code, afterBytes: 512 });
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT], afterSteps: [tell] }));
    const { result, failure, runFolder } = await run(project, { store });
    expect(result).toBe('failed');
    expect(failure).toMatchObject({ reason: 'artifacts', hint: expect.stringContaining(hint) });
    expect(failure?.message).toBe(
      `Storing artifacts failed: output into the store of the test: out of order (${code})`,
    );
    expect(failure?.hint).toContain('output.tar of the working folder stays');
    expect(readFileSync(join(runFolder, 'output/d/f.txt'), 'utf8')).toBe('kept\n');
    expect(project.output()).toContain('after: failed');
    expect(storedOf(project)).toEqual([]);
    expect(await store.keys()).toEqual([]);
  });

  it('fails the run also where only the manifest could not be stored', async () => {
    await using store = openFaultyStore();
    store.next(/manifest/, { kind: 'fail', code: 'TIMEOUT' });
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT] }));
    expect(await run(project, { store })).toMatchObject({
      result: 'failed',
      failure: { reason: 'artifacts' },
    });
    expect(storedOf(project)).toEqual([]);
  });

  it("fails a step whose artifacts it did not take, and not in the step's name", async () => {
    await using store = openFaultyStore();
    store.next(/step\/.*\.tar$/, { kind: 'fail', code: 'NO_SPACE' });
    using project = createProjectRun(
      pipelineFile({ steps: [make(REPORT), script({ name: 'next', code: ':' })], afterSteps: [tell] }),
    );
    const { result, failure } = await run(project, { store });
    expect(result).toBe('failed');
    expect(failure?.reason).toBe('artifacts');
    expect(stepsOf(project)).toEqual(['make main failed', 'next main skipped', 'tell after passed']);
    expect(project.output()).toContain('after: failed Storing artifacts failed');
    expect(await store.keys()).toEqual([]);
  });

  it('is told beside the reason of a step that failed by itself', async () => {
    await using store = openFaultyStore();
    store.next(/step\/.*\.tar$/, { kind: 'fail', code: 'NO_SPACE' });
    using project = createProjectRun(pipelineFile({ steps: [make(`${REPORT}; return 3`)] }));
    expect((await run(project, { store })).failure?.reason).toBe('step-failed');
    expect(noticesOf(project)).toContainEqual(expect.stringContaining('out of order (NO_SPACE); make room'));
  });

  it('does not keep an interrupt waiting, and leaves nothing half written', async () => {
    await using store = openFaultyStore();
    store.next(/output\.tar$/, { kind: 'stall', afterBytes: 512 });
    using project = createProjectRun(pipelineFile({ steps: [OUTPUT], afterSteps: [tell] }));
    const stop = new AbortController();
    void store.stalled.then(() => stop.abort());
    const { result, failure } = await run(project, { store, signal: stop.signal });
    expect([result, failure?.reason]).toEqual(['interrupted', 'interrupted']);
    expect(stepsOf(project)).not.toContain('tell after passed');
    expect(await store.keys()).toEqual([]);
  });

  it("does not keep an interrupt waiting while it takes a step's artifacts", async () => {
    await using store = openFaultyStore();
    store.next(/step\/.*\.tar$/, { kind: 'stall', afterBytes: 512 });
    using project = createProjectRun(pipelineFile({ steps: [make(REPORT), ':'] }));
    const stop = new AbortController();
    void store.stalled.then(() => stop.abort());
    expect((await run(project, { store, signal: stop.signal })).result).toBe('interrupted');
    expect(stepsOf(project)[0]).toBe('make main interrupted');
    expect(await store.keys()).toEqual([]);
  });
});
