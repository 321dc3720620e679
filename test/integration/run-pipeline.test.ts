import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import type { RunEvent } from '../../src/kernel/index.ts';
import { type RunRequest, type RunResult, runPipeline } from '../../src/runner/index.ts';
import { BUSYBOX } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const wercker = (code: string): string => `box: ${BUSYBOX}
build:
  steps:
    - script: { name: work, code: ${JSON.stringify(code)} }
`;

interface Options {
  readonly changes?: Partial<RunRequest>;
  readonly onEvent?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
}

async function run(engine: FakeEngine, project: ProjectRun, options: Options = {}): Promise<RunResult> {
  return await runPipeline(project.request(options.changes), {
    engine,
    signal: options.signal ?? new AbortController().signal,
    events: (event) => {
      project.events.push(event);
      options.onEvent?.(event);
    },
  });
}

async function expectClean(engine: FakeEngine, project: ProjectRun): Promise<void> {
  expect(await engine.listContainers({ label: 'io.slipway.run-id' })).toEqual([]);
  expect(await engine.listNetworks({ label: 'io.slipway.run-id' })).toEqual([]);
  expect(readdirSync(join(project.folder, '.wercker', 'tmp'))).toEqual([]);
}

describe('runPipeline on the fake engine', () => {
  const withService = `services: [{id: ${BUSYBOX}, name: one, cmd: sleep 600, ready: false}]\n${wercker('true')}`;

  it('runs the steps and leaves nothing behind', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('echo "$WERCKER_APPLICATION_NAME"; ls'));
    const result = await run(engine, project);
    expect(result).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('app\nwercker.yml\n');
    await expectClean(engine, project);
  });

  it('calls the engine only as often as a run of one step needs', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    await run(engine, project);
    const first = engine.calls.length;
    using longer = createProjectRun(
      `box: ${BUSYBOX}\nbuild:\n  steps:\n${'    - script: { code: "true" }\n'.repeat(20)}`,
    );
    await run(engine, longer);
    expect(engine.calls.length - first).toBe(first);
  });

  it.each([
    'inspectImage',
    'createNetwork',
    'createContainer',
    'copyIn',
    'attachContainer',
    'startContainer',
  ] as const)('fails in words and cleans up when %s does not work', async (method) => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    engine.faults.next(method, { kind: 'error', code: 'PROTOCOL', message: 'the engine is out of order' });
    const result = await run(engine, project);
    expect(result.result).toBe('failed');
    expect(result.failure?.message).toContain('out of order');
    await expectClean(engine, project);
  });

  it('makes the containers while the network is made', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(withService);
    const both = Promise.withResolvers<void>();
    let made = 0;
    const slow: FakeEngine = {
      ...engine,
      createNetwork: async (spec) => {
        await both.promise;
        return await engine.createNetwork(spec);
      },
      createContainer: async (spec) => {
        const id = await engine.createContainer(spec);
        made += 1;
        if (made === 2) both.resolve();
        return id;
      },
    };
    expect(await run(slow, project)).toMatchObject({ result: 'passed' });
    await expectClean(engine, project);
  });

  it('chooses other addresses where another network gets them first, as often as four times', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(withService);
    let others = 0;
    const raced: FakeEngine = {
      ...engine,
      createNetwork: async (spec) => {
        others += 1;
        if (others < 5) await engine.createNetwork({ ...spec, name: `other-${others}`, labels: {} });
        return await engine.createNetwork(spec);
      },
    };
    expect(await run(raced, project)).toMatchObject({ result: 'passed' });
    await expectClean(engine, project);
  });

  it('fails in words where the name of its network is taken, and leaves that network alone', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(withService);
    const runId = 'own-111111111111';
    await engine.createNetwork({ name: 'w-111111111111', labels: {} });
    const result = await run(engine, project, { changes: { runId } });
    expect(result).toMatchObject({ result: 'failed', failure: { reason: 'engine' } });
    expect(result.failure?.message).toContain('the name is taken');
    expect(await engine.inspectNetwork('w-111111111111')).toBeDefined();
    await expectClean(engine, project);
  });

  it('asks again when the network is there, where the engine wants it before the containers', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    const message = 'unable to find network with name or ID w-1: network not found';
    engine.faults.next('createContainer', { kind: 'error', code: 'NOT_FOUND', message });
    expect(await run(engine, project)).toMatchObject({ result: 'passed' });
    expect(engine.calls.filter(({ method }) => method === 'createContainer')).toHaveLength(2);
    await expectClean(engine, project);
  });

  it('stops at once while the box is being filled', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    const stop = new AbortController();
    engine.faults.next('copyIn', { kind: 'stall' });
    const running = run(engine, project, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'phase-started' && event.phase === 'setup environment')
          setImmediate(() => stop.abort());
      },
    });
    expect((await running).result).toBe('interrupted');
    await expectClean(engine, project);
  });

  it('fails promptly when the engine dies in the middle of a step', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('echo begun; sleep 1000'));
    const result = await run(engine, project, {
      onEvent: (event) => {
        if (event.type === 'step-output') engine.faults.die();
      },
    });
    expect(result.result).toBe('failed');
    expect(project.events.at(-1)).toMatchObject({ type: 'run-finished', result: 'failed' });
  });

  it('is interrupted, and says nothing of a lost engine, when it was told to stop before it let go of it', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('echo begun; sleep 1000'));
    const stop = new AbortController();
    const result = await run(engine, project, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type !== 'step-output') return;
        stop.abort();
        engine.faults.die();
      },
    });
    expect(result).toMatchObject({ result: 'interrupted', failure: { reason: 'interrupted' } });
    expect(project.events.at(-1)).toMatchObject({ type: 'run-finished', result: 'interrupted' });
    expect(project.events.at(-1)).not.toHaveProperty('hint');
  });

  it('removes what a process that is gone left, and leaves alone what one that lives made', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    const labels = (owner: string): Record<string, string> => ({
      'io.slipway.run-id': 'other',
      'io.slipway.host': hostname(),
      'io.slipway.owner': owner,
    });
    await engine.createContainer({ name: 'dead', image: BUSYBOX, labels: labels('another-boot.1.1.1') });
    await engine.createNetwork({ name: 'dead', labels: labels('another-boot.1.1.1') });
    const elsewhere = { ...labels('another-boot.1.1.1'), 'io.slipway.host': 'elsewhere' };
    await engine.createContainer({ name: 'living', image: BUSYBOX, labels: elsewhere });
    await run(engine, project);
    const left = await engine.listContainers({ label: 'io.slipway.run-id' });
    expect(left.map(({ name }) => name)).toEqual(['living']);
    expect(await engine.listNetworks({ label: 'io.slipway.run-id' })).toEqual([]);
    const notices = project.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
    expect(notices).toContain('Removed what an earlier run left: 1 containers, 1 networks, 0 images');
  });

  it('takes the names that a killed run of the same id still has when it begins', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(withService);
    const labels = {
      'io.slipway.run-id': 'again-111111111111',
      'io.slipway.host': hostname(),
      'io.slipway.owner': 'another-boot.1.1.1',
    };
    const box = { name: 'wercker-pipeline-again-111111111111', image: BUSYBOX, labels };
    await engine.createContainer(box);
    await engine.createNetwork({ name: 'w-111111111111', labels });
    const copied = Promise.withResolvers<void>();
    const slow: FakeEngine = {
      ...engine,
      removeContainer: async (id) => {
        await copied.promise;
        await turn(); // time for a run that does not wait
        await engine.removeContainer(id);
      },
    };
    const result = await run(slow, project, {
      changes: { runId: 'again-111111111111' },
      onEvent: (event) => {
        if (event.type === 'phase-finished' && event.phase === 'copy source') setTimeout(copied.resolve);
      },
    });
    expect(result).toMatchObject({ result: 'passed' });
    await expectClean(engine, project);
  });

  it('makes nothing once it is interrupted while it waits for what a killed run left', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('true'));
    const stop = new AbortController();
    const labels = {
      'io.slipway.run-id': 'other',
      'io.slipway.host': hostname(),
      'io.slipway.owner': 'another-boot.1.1.1',
    };
    await engine.createContainer({ name: 'dead', image: BUSYBOX, labels });
    const slow: FakeEngine = {
      ...engine,
      removeContainer: async (id) => {
        stop.abort();
        await engine.removeContainer(id);
      },
    };
    expect(await run(slow, project, { signal: stop.signal })).toMatchObject({ result: 'interrupted' });
    expect(engine.calls.filter(({ method }) => method === 'createNetwork')).toEqual([]);
    await expectClean(engine, project);
  });

  it('asks an engine that is not there once for each thing, and tells', async () => {
    await using engine = await openEngine({ environment: {}, host: 'unix:///nonexistent/docker.sock' });
    using project = createProjectRun(wercker('true'));
    const attempts: unknown[] = [];
    const count = (attempt: unknown): void => void attempts.push(attempt);
    subscribe('net.client.socket', count);
    const result = await runPipeline(project.request(), {
      engine,
      signal: new AbortController().signal,
      events: (event) => void project.events.push(event),
    }).finally(() => unsubscribe('net.client.socket', count));
    expect(result.failure?.message).toContain('no container engine at unix:///nonexistent/docker.sock');
    expect(attempts).toHaveLength(4); // the box's image, and what killed runs left: containers, networks, images
  });

  it('gives every event of a step between its start and its end', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(wercker('echo one'));
    await run(engine, project);
    const types = project.events.map(({ type }) => type);
    const step = types.slice(types.indexOf('step-started'), types.indexOf('step-finished') + 1);
    expect(step).toEqual(['step-started', 'step-output', 'step-finished']);
  });

  it('reports a property that is required before anything starts', async () => {
    await using engine = await createFakeEngine();
    using project = createProjectRun(`box: ${BUSYBOX}
build:
  steps:
    - nope "file://./missing"
`);
    const result = await run(engine, project);
    expect(result.failure?.reason).toBe('step-unavailable');
    expect(engine.calls.filter(({ method }) => method === 'createContainer')).toEqual([]);
  });
});
