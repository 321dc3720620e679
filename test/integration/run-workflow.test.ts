import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import { newRunId } from '../../src/kernel/index.ts';
import { loadDefinition } from '../../src/project/index.ts';
import {
  runWorkflow,
  type WorkflowEvent,
  type WorkflowRequest,
  type WorkflowResult,
} from '../../src/workflow/index.ts';
import { BUSYBOX } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

interface Written {
  readonly code: string;
  readonly requires?: readonly string[];
}

/** A project with one workflow of these pipelines. */
function createWorkflow(pipelines: Readonly<Record<string, Written>>): ProjectRun {
  const sections = Object.entries(pipelines).map(([name, { code }]) => [
    name,
    { steps: [{ script: { name: 'work', code } }] },
  ]);
  const places = Object.entries(pipelines).map(([name, { requires = [] }]) => ({ name, requires }));
  return createProjectRun(
    JSON.stringify({
      box: BUSYBOX,
      ...Object.fromEntries(sections),
      workflows: [{ name: 'all', pipelines: places }],
    }),
  );
}

interface Options extends Partial<Pick<WorkflowRequest, 'limit' | 'afterFailure'>> {
  readonly signal?: AbortSignal;
  readonly onOutput?: (pipeline: string, text: string) => void;
}

interface Told extends WorkflowResult {
  readonly events: readonly WorkflowEvent[];
  /** `NAME+` where a pipeline starts and `NAME-` where it ends. */
  readonly order: string;
  readonly results: Readonly<Record<string, string>>;
}

async function run(engine: FakeEngine, project: ProjectRun, options: Options = {}): Promise<Told> {
  const { folder } = project;
  const definition = await loadDefinition({ folders: [folder], currentFolder: folder });
  const workflow = definition.definition?.workflows.get('all');
  if (workflow === undefined) throw new Error('there is no workflow');
  const events: WorkflowEvent[] = [];
  const { result } = await runWorkflow(
    {
      workflow,
      run: { ...project.request(), definition },
      environments: new Map(),
      limit: options.limit ?? 4,
      afterFailure: options.afterFailure ?? 'finish',
    },
    {
      engine,
      signal: options.signal ?? new AbortController().signal,
      newRunId,
      onEvent: (event) => {
        events.push(event);
      },
      eventsOf:
        ({ name }) =>
        (event) => {
          project.events.push(event);
          if (event.type === 'step-output') options.onOutput?.(name, event.bytes.toString());
        },
    },
  );
  return { result, events, order: orderOf(events), results: resultsOf(events) };
}

const orderOf = (events: readonly WorkflowEvent[]): string =>
  events
    .flatMap((event) => {
      if (event.type === 'workflow-pipeline-started') return [`${event.name}+`];
      return event.type === 'workflow-pipeline-finished' && event.result !== 'skipped'
        ? [`${event.name}-`]
        : [];
    })
    .join(' ');

const resultsOf = (events: readonly WorkflowEvent[]): Record<string, string> =>
  Object.fromEntries(
    events.flatMap((event) =>
      event.type === 'workflow-pipeline-finished' ? [[event.name, event.result]] : [],
    ),
  );

async function expectClean(engine: FakeEngine, project: ProjectRun): Promise<void> {
  expect(await engine.listContainers({ label: 'io.slipway.run-id' })).toEqual([]);
  expect(await engine.listNetworks({ label: 'io.slipway.run-id' })).toEqual([]);
  expect(readdirSync(join(project.folder, '.wercker', 'tmp'))).toEqual([]);
}

describe('runWorkflow on the fake engine', () => {
  it('starts each pipeline when what it requires has passed, and says what decided the time', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      ship: { code: 'cat built', requires: ['build'] },
      build: { code: 'echo made >"$WERCKER_OUTPUT_DIR/built"; echo "$DEPLOY"' },
    });
    const { result, order, events } = await run(engine, project);
    expect(result).toBe('passed');
    expect(order).toBe('build+ build- ship+ ship-');
    expect(project.output()).toBe('true\nmade\n');
    expect(events.at(-1)).toMatchObject({ type: 'workflow-finished', criticalPath: ['build', 'ship'] });
    await expectClean(engine, project);
  });

  it('does not wait for a pipeline that another one does not require', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      long: { code: 'while [ ! -e "$MARK" ]; do sleep 0.05; done; echo free' },
      first: { code: 'true' },
      second: { code: 'echo second', requires: ['first'] },
    });
    const stop = new AbortController();
    const { order } = await run(engine, project, {
      signal: stop.signal,
      onOutput: (name) => name === 'second' && stop.abort(), // `long` would go on for ever
    });
    expect(order).toMatch(/^long\+ first\+ first- second\+/);
    await expectClean(engine, project);
  });

  it('never runs more at once than the limit, in the order of the file', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({ c: { code: 'true' }, a: { code: 'true' }, b: { code: 'true' } });
    const { result, order } = await run(engine, project, { limit: 1 });
    expect(result).toBe('passed');
    expect(order).toBe('c+ c- a+ a- b+ b-');
  });

  it('starts nothing after a failure, and lets what runs come to its end', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      bad: { code: 'fail "on purpose"' },
      good: { code: 'sleep 1' },
      later: { code: 'true', requires: ['good'] },
    });
    const { result, results, events } = await run(engine, project);
    expect(result).toBe('failed');
    expect(results).toEqual({ bad: 'failed', good: 'passed', later: 'skipped' });
    const failed = events.find(
      (event) => event.type === 'workflow-pipeline-finished' && event.name === 'bad',
    );
    expect(failed).toMatchObject({ message: expect.stringContaining('Step failed: work') });
    await expectClean(engine, project);
  });

  it('goes on with what does not depend on the failed one when told to', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      bad: { code: 'false' },
      good: { code: 'true' },
      later: { code: 'true', requires: ['good'] },
      never: { code: 'true', requires: ['bad', 'good'] },
    });
    const { result, results } = await run(engine, project, { afterFailure: 'go-on' });
    expect(result).toBe('failed');
    expect(results).toEqual({ bad: 'failed', good: 'passed', later: 'passed', never: 'skipped' });
  });

  it('stops what runs after a failure when told to', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      bad: { code: 'sleep 1; false' },
      long: { code: 'sleep 1000' },
    });
    const { result, results } = await run(engine, project, { afterFailure: 'stop' });
    expect(result).toBe('failed');
    expect(results).toEqual({ bad: 'failed', long: 'interrupted' });
    await expectClean(engine, project);
  });

  it('stops all when it is interrupted, and removes what they made', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({
      a: { code: 'echo up; sleep 1000' },
      b: { code: 'echo up; sleep 1000' },
      c: { code: 'true', requires: ['a'] },
    });
    const stop = new AbortController();
    const up = new Set<string>();
    const { result, results } = await run(engine, project, {
      signal: stop.signal,
      onOutput: (name) => up.add(name).size === 2 && stop.abort(),
    });
    expect(result).toBe('interrupted');
    expect(results).toEqual({ a: 'interrupted', b: 'interrupted', c: 'skipped' });
    await expectClean(engine, project);
  });

  it('gives every run an id of its own, and no two the same', async () => {
    await using engine = await createFakeEngine();
    using project = createWorkflow({ a: { code: 'true' }, b: { code: 'true' } });
    const { events } = await run(engine, project);
    const ids = events.flatMap((event) => (event.type === 'workflow-pipeline-started' ? [event.runId] : []));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
  });
});
