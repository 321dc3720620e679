import { expect, it } from 'vitest';
import { createFakeEngine } from '../../src/engine/fake/index.ts';
import { runPipeline } from '../../src/runner/index.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createProjectRun } from '../support/run-request.ts';

it('goes on without a state that the engine cannot keep, and says so', async () => {
  await using engine = await createFakeEngine();
  using project = createProjectRun(pipelineFile({ steps: ['echo one', 'echo two'] }));
  const signal = new AbortController().signal;
  const events = (event: (typeof project.events)[number]): void => {
    project.events.push(event);
    const isFirst = event.type === 'step-started' && event.index === 1;
    if (isFirst) {
      engine.faults.next('commitContainer', { kind: 'error', code: 'NO_SPACE', message: 'no space left' });
    }
  };
  const states = { keep: true, keepRuns: 5 };
  const result = await runPipeline(project.request({ states }), { engine, signal, events });
  expect(result).toMatchObject({ result: 'passed' });
  expect(project.output()).toBe('one\ntwo\n');
  const kept = project.events.flatMap((event) => (event.type === 'state-kept' ? [event.index] : []));
  expect(kept).toEqual([0, 2]);
  const warnings = project.events.flatMap((event) =>
    event.type === 'notice' && event.level === 'warning' ? [event.text] : [],
  );
  expect(warnings).toEqual([expect.stringContaining('could not be kept: no space left')]);
});

it('asks nothing of the engine for states where nobody wants them', async () => {
  await using engine = await createFakeEngine();
  using project = createProjectRun(pipelineFile({ steps: ['echo one', 'echo two'] }));
  await runPipeline(project.request(), { engine, signal: new AbortController().signal, events: () => {} });
  expect(engine.calls.filter(({ method }) => method === 'commitContainer')).toEqual([]);
});
