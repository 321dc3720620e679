import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/artifacts/index.ts';
import { openFaultyStore } from '../../src/artifacts/testing/faulty-store.ts';
import { CacheError } from '../../src/cache/index.ts';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import type { RunEvent } from '../../src/kernel/index.ts';
import { type ArtifactStore, type RunRequest, type RunResult, runPipeline } from '../../src/runner/index.ts';
import {
  createMemoryBuildCache,
  type MemoryBuildCache,
} from '../../src/runner/testing/memory-build-cache.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

interface Options {
  readonly changes?: Partial<RunRequest>;
  readonly artifactStore?: ArtifactStore;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** One engine, one project and one cache, for any number of runs. */
interface Bench {
  readonly engine: FakeEngine;
  readonly project: ProjectRun;
  readonly cache: MemoryBuildCache;
}

async function run(
  { engine, project, cache }: Bench,
  options: Options = {},
): Promise<RunResult & { events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const { changes, artifactStore, signal, onEvent } = options;
  const result = await runPipeline(project.request(changes), {
    engine,
    buildCache: cache,
    signal: signal ?? new AbortController().signal,
    events: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    ...(artifactStore !== undefined && { artifactStore }),
  });
  return { ...result, events };
}

const isHit = ({ events }: { events: RunEvent[] }): boolean =>
  events.some(({ type }) => type === 'cache-hit');

const printed = ({ events }: { events: RunEvent[] }): string =>
  events.flatMap((event) => (event.type === 'step-output' ? [event.bytes.toString('utf8')] : [])).join('');

const notices = ({ events }: { events: RunEvent[] }): string[] =>
  events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

const missed = ({ events }: { events: RunEvent[] }): string[] =>
  events.flatMap((event) => (event.type === 'cache-miss' ? [event.reason] : []));

const MAKE = [
  'mkdir -p "$WERCKER_OUTPUT_DIR/bin/empty"',
  'printf made >"$WERCKER_OUTPUT_DIR/bin/tool"; chmod 755 "$WERCKER_OUTPUT_DIR/bin/tool"',
  'ln -s tool "$WERCKER_OUTPUT_DIR/bin/link"; ln "$WERCKER_OUTPUT_DIR/bin/tool" "$WERCKER_OUTPUT_DIR/hard"',
  ': >"$WERCKER_OUTPUT_DIR/nothing"; touch -t 200102030405 "$WERCKER_OUTPUT_DIR/nothing"',
  'echo report >"$WERCKER_REPORT_ARTIFACTS_DIR/r.xml"; echo building',
].join('\n');

const FILE = pipelineFile({
  steps: [script({ name: 'make', code: MAKE }), script({ name: 'say', code: 'echo said; cat source.txt' })],
  afterSteps: [script({ name: 'tell', code: 'echo "after $WERCKER_RESULT"' })],
});

async function openBench(file = FILE): Promise<Bench & AsyncDisposable> {
  const engine = await createFakeEngine();
  const project = createProjectRun(file);
  writeFileSync(join(project.folder, 'source.txt'), 'source\n');
  return {
    engine,
    project,
    cache: createMemoryBuildCache(),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      project[Symbol.dispose]();
    },
  };
}

/** All that a run left in its folder, with names that are the same in every run. */
function left(runFolder: string): string[] {
  const entries = readdirSync(runFolder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile()
        ? readFileSync(path, 'base64')
        : entry.isSymbolicLink()
          ? readlinkSync(path)
          : '';
      return `${path.slice(runFolder.length)} ${content}`.replaceAll(
        /[\w-]{0,40}[0-9a-f]{8}-[0-9a-f-]{27}/g,
        'ID',
      );
    })
    .toSorted();
}

const ENGINE_WORK = /create|start|copy|attach|remove|pull|commit|exec/i;

describe('a cached build', () => {
  it('runs once, and is then taken from the cache without any work for the engine', async () => {
    await using bench = await openBench();
    const first = await run(bench);
    expect(missed(first)).toEqual(['no build of this pipeline is in the cache yet']);
    expect(first.events.map(({ type }) => type)).toContain('cache-saved');
    const before = bench.engine.calls.length;
    const second = await run(bench);
    expect(second.result).toBe('passed');
    expect(isHit(second)).toBe(true);
    const asked = bench.engine.calls.slice(before).map(({ method }) => method);
    expect(asked.filter((method) => ENGINE_WORK.test(method))).toEqual([]);
    expect(second.events.at(-1)).toMatchObject({
      type: 'run-finished',
      result: 'passed',
      cachedFrom: { runId: first.events[0]?.runId, cache: 'the cache of the test' },
    });
    expect(bench.cache.touched).toHaveLength(1);
  });

  it('prints what the run printed, step by step, with the durations that it had', async () => {
    await using bench = await openBench();
    const first = await run(bench);
    const second = await run(bench);
    expect(printed(second)).toBe(printed(first));
    expect(printed(second)).toContain('after passed');
    const steps = ({ events }: { events: RunEvent[] }) =>
      events.flatMap((event) =>
        event.type === 'step-finished'
          ? [[event.displayName, event.phase, event.result, event.durationMs]]
          : [],
      );
    expect(steps(second)).toEqual(steps(first));
    const planned = second.events.find((event) => event.type === 'run-planned');
    const ids = new Set(planned?.type === 'run-planned' ? planned.steps.map(({ safeId }) => safeId) : []);
    for (const event of second.events)
      if ('safeId' in event && event.safeId !== undefined) expect(ids).toContain(event.safeId);
  });

  it('leaves the folder of the run as the run left its own, byte for byte', async () => {
    await using bench = await openBench();
    const first = await run(bench);
    const second = await run(bench);
    expect(isHit(second)).toBe(true);
    expect(left(second.runFolder)).toEqual(left(first.runFolder));
    expect(left(second.runFolder).join('\n')).toContain('/output/bin/link tool');
    const root = join(bench.project.folder, '.wercker');
    expect(readlinkSync(join(root, 'latest'))).toBe(`builds/${second.runFolder.split('/').at(-1)}`);
    expect(readFileSync(join(root, 'projects/app/source.txt'), 'utf8')).toBe('source\n');
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('stores its artifacts with manifests, as the run did', async () => {
    await using bench = await openBench();
    await using store = openFaultyStore();
    await run(bench, { artifactStore: { store } });
    const { events } = await run(bench, { artifactStore: { store } });
    const stored = events.filter((event) => event.type === 'artifact-stored');
    expect(stored.map(({ name }) => name)).toEqual([stored[0]?.safeId, 'output']);
    for (const { key = '', sha256 } of stored)
      expect(await readManifest(store, key)).toMatchObject({ sha256 });
  });

  const edit = ({ project }: Bench, before: string, after: string): void =>
    writeFileSync(join(project.folder, 'wercker.yml'), FILE.replace(before, after));

  it.each<[string, (bench: Bench) => void, Options?]>([
    ['a byte of the source', ({ project }) => appendFileSync(join(project.folder, 'source.txt'), 'x')],
    ['a new file', ({ project }) => writeFileSync(join(project.folder, 'new'), '')],
    ['the mode of a file', ({ project }) => chmodSync(join(project.folder, 'source.txt'), 0o755)],
    ['a variable', () => {}, { changes: { hostEnvironment: new Map([['X_FLAVOUR', 'other']]) } }],
    ['the script of a step', (bench) => edit(bench, 'echo said', 'echo told')],
    ['the script of an after-step', (bench) => edit(bench, 'echo \\"after', 'echo \\"behind')],
  ])('runs where %s is another one, and says so', async (_what, change, options) => {
    await using bench = await openBench();
    await run(bench);
    change(bench);
    const changed = await run(bench, options);
    expect(isHit(changed)).toBe(false);
    expect(missed(changed)).toEqual([expect.stringMatching(/changed since run /)]);
    expect(isHit(await run(bench, options))).toBe(true);
  });

  it('is the same where only what is ignored changed', async () => {
    await using bench = await openBench();
    writeFileSync(join(bench.project.folder, '.werckerignore'), 'ignored\n');
    await run(bench);
    writeFileSync(join(bench.project.folder, 'ignored'), 'whatever');
    expect(isHit(await run(bench))).toBe(true);
  });

  it('names the file that changed', async () => {
    await using bench = await openBench();
    await run(bench);
    appendFileSync(join(bench.project.folder, 'source.txt'), 'x');
    expect(missed(await run(bench))[0]).toMatch(/^the source \(source\.txt\) changed since run /);
  });

  it('is not kept where the source was edited while it ran', async () => {
    await using bench = await openBench();
    const edited = await run(bench, {
      onEvent: ({ type }) => {
        if (type === 'step-started') appendFileSync(join(bench.project.folder, 'source.txt'), 'edited\n');
      },
    });
    expect(edited.result).toBe('passed');
    expect(notices(edited)).toContain(
      'Not kept in the cache: what the run depends on changed while it went on',
    );
    expect(bench.cache.trees.size).toBe(0);
  });

  it('is not kept where a file was changed while it was copied, and changed back', async () => {
    await using bench = await openBench();
    const file = join(bench.project.folder, 'source.txt');
    const edited = await run(bench, {
      onEvent: (event) => {
        if (!('phase' in event) || event.phase !== 'copy source') return;
        writeFileSync(file, event.type === 'phase-started' ? 'edited\n' : 'source\n');
      },
    });
    expect(printed(edited)).toContain('edited');
    expect(notices(edited)).toContain(
      'Not kept in the cache: what the run depends on changed while it went on',
    );
    expect(bench.cache.trees.size).toBe(0);
    expect(isHit(await run(bench))).toBe(false);
    expect(isHit(await run(bench))).toBe(true);
  });

  it('is kept whatever the modes of its folders are, and what links are in it', async () => {
    await using bench = await openBench();
    const { folder } = bench.project;
    mkdirSync(join(folder, 'closed'));
    writeFileSync(join(folder, 'closed', 'file'), '');
    symlinkSync('nowhere', join(folder, 'link'));
    chmodSync(join(folder, 'closed'), 0o550);
    await run(bench);
    expect(isHit(await run(bench))).toBe(true);
  });

  it('is not kept where it failed or was interrupted', async () => {
    await using bench = await openBench(pipelineFile({ steps: ['echo no; exit 3'] }));
    expect((await run(bench)).result).toBe('failed');
    writeFileSync(
      join(bench.project.folder, 'wercker.yml'),
      pipelineFile({ steps: ['echo begun; sleep 1000'] }),
    );
    const stop = new AbortController();
    const onEvent = ({ type }: RunEvent): void => {
      if (type === 'step-output') stop.abort();
    };
    expect((await run(bench, { signal: stop.signal, onEvent })).result).toBe('interrupted');
    expect(bench.cache.trees.size).toBe(0);
  });

  it('passes where it cannot be kept, and says so', async () => {
    await using bench = await openBench();
    bench.cache.failure = new CacheError('NO_SPACE', 'there is no room in the cache of the test');
    const result = await run(bench);
    expect(result.result).toBe('passed');
    expect(notices(result)).toContain('Not kept in the cache: there is no room in the cache of the test');
  });

  it('is taken from a cache that cannot be written to, and one that fails is none', async () => {
    await using bench = await openBench();
    const refuse = (): Promise<never> => Promise.reject(new CacheError('NO_SPACE', 'the disk is full'));
    await run({ ...bench, cache: { ...bench.cache, newest: refuse } });
    const find: MemoryBuildCache['find'] = async (...words) => {
      const build = await bench.cache.find(...words);
      return build && { ...build, touch: refuse };
    };
    const hit = await run({ ...bench, cache: { ...bench.cache, find } });
    expect([hit.result, isHit(hit)]).toEqual(['passed', true]);
  });

  it.each<[string, (tree: Map<string, Buffer>) => void]>([
    ['has no record', (tree) => tree.delete('meta/slipway.json')],
    ['has a record that is no JSON', (tree) => tree.set('meta/slipway.json', Buffer.from('{'))],
    ['has a record of something else', (tree) => tree.set('meta/slipway.json', Buffer.from('{"version":1}'))],
    ['has a file of another content', (tree) => tree.set('files/bin/tool', Buffer.from('evil'))],
    ['has a file of another size', (tree) => tree.set('files/bin/tool', Buffer.from('longer than it was'))],
    ['lacks a file', (tree) => tree.delete('files/bin/tool')],
    ['lacks its log', (tree) => tree.delete('logs/build.log')],
    ['lacks what is around its files', (tree) => tree.delete('meta/output.tar.rest')],
    [
      'has a timeline of unknown events',
      (tree) => tree.set('logs/timeline.json', Buffer.from('[{"type":"x","at":1}]')),
    ],
  ])('runs again where what the cache has %s', async (_what, damage) => {
    await using bench = await openBench();
    await run(bench);
    for (const tree of bench.cache.trees.values()) damage(tree);
    const again = await run(bench);
    expect(again.result).toBe('passed');
    expect(isHit(again)).toBe(false);
    expect(notices(again).join('\n')).toContain('What the cache of the test has for this build is damaged');
    expect(isHit(await run(bench))).toBe(true);
  });

  it('tells nothing of a cache that a terminal would act on', async () => {
    await using bench = await openBench();
    await run(bench);
    const bad = '\u001b]0;owned\u0007\u009b2J';
    const timeline = [
      { type: 'notice', at: 1, level: 'warning', text: `${bad}\nnext` },
      { type: 'service-ready', at: 1, service: bad, probe: bad, durationMs: 1 },
      { type: 'step-started', at: 1, step: 0, displayName: bad, phase: 'main', index: 1, count: 1 },
      {
        type: 'step-finished',
        at: 1,
        step: 0,
        displayName: bad,
        phase: 'main',
        result: 'passed',
        durationMs: 1,
        message: bad,
        detail: bad,
      },
    ];
    for (const tree of bench.cache.trees.values())
      tree.set('logs/timeline.json', Buffer.from(JSON.stringify(timeline)));
    const hit = await run(bench);
    expect(isHit(hit)).toBe(true);
    expect(notices(hit).join()).toContain('␛]0;owned␇\ufffd2J\nnext');
    for (const event of hit.events) expect(JSON.stringify(event)).not.toMatch(/\\u001b|\u009b/);
  });

  it('is never taken from a build that says it was made from other inputs', async () => {
    await using bench = await openBench();
    await run(bench);
    const [ref = '', tree = new Map()] = [...bench.cache.trees][0] ?? [];
    appendFileSync(join(bench.project.folder, 'source.txt'), 'x');
    await run(bench);
    const other = [...bench.cache.trees.keys()].find((key) => key !== ref) ?? '';
    bench.cache.trees.set(other, tree);
    expect(isHit(await run(bench))).toBe(false);
  });

  it('holds no secret in its log, its record or the list of its source', async () => {
    await using bench = await openBench(pipelineFile({ steps: ['echo "token $TOKEN"'] }));
    const changes = { hostEnvironment: new Map([['XXX_TOKEN', 'hush-hush-hush']]) };
    await run(bench, { changes });
    const second = await run(bench, { changes });
    expect(isHit(second)).toBe(true);
    expect(printed(second)).toMatch(/^token \*+/);
    for (const tree of bench.cache.trees.values())
      for (const content of tree.values()) expect(content.toString('latin1')).not.toContain('hush');
    const other = await run(bench, { changes: { hostEnvironment: new Map([['XXX_TOKEN', 'another one']]) } });
    expect(missed(other)).toEqual([expect.stringContaining('the value of a secret changed')]);
  });

  it('is not for a pipeline that does something outside of its box', async () => {
    await using bench = await openBench(
      pipelineFile({ steps: [script({ code: 'true' })], top: {}, more: {} }),
    );
    const result = await run(bench, {
      changes: { box: { ...bench.project.request().box, network: 'other' } },
    });
    expect(notices(result).join('\n')).toContain('Not cached, since anything may be in the network "other"');
    expect(bench.cache.sought).toEqual([]);
  });

  it('may have no output at all', async () => {
    await using bench = await openBench(
      pipelineFile({ steps: ['rm -rf "$WERCKER_SOURCE_DIR"/* "$WERCKER_SOURCE_DIR"/.[!.]*; echo done'] }),
    );
    const first = await run(bench);
    expect(first.result).toBe('passed');
    expect(isHit(await run(bench))).toBe(true);
  });

  it('puts together a large output again', async () => {
    const code =
      'for i in $(seq 1 300); do echo "file $i" >"$WERCKER_OUTPUT_DIR/$i"; done; dd if=/dev/urandom of="$WERCKER_OUTPUT_DIR/large" bs=1000 count=700 2>/dev/null';
    await using bench = await openBench(pipelineFile({ steps: [script({ name: 'make', code })] }));
    mkdirSync(join(bench.project.folder, 'empty'));
    const first = await run(bench);
    const second = await run(bench);
    expect(isHit(second)).toBe(true);
    const tar = (folder: string): Buffer => readFileSync(join(folder, 'output.tar'));
    expect(tar(second.runFolder).equals(tar(first.runFolder))).toBe(true);
  });
});
