import { expect, test } from 'vitest';
import { recordedArtifact, runRecord } from '../../artifacts/testing/run-record.ts';
import { renderRunPage } from './run-page.ts';

test("the page of a run shows its output before what steps left, and their names as the pipeline's author wrote them", () => {
  const artifacts = [
    recordedArtifact({ name: 'script-1', safeId: 'script-1', key: 'a' }),
    recordedArtifact({ name: 'script-2', safeId: 'script-2', key: 'b' }),
    recordedArtifact({ name: 'output', key: 'c' }),
  ];
  const step = { phase: 'main', result: 'passed', durationMs: 1 } as const;
  const steps = [{ ...step, safeId: 'script-1', displayName: 'make <it>' }];
  const shown = renderRunPage(runRecord({ runId: 'r', artifacts, steps }), {}, 0);
  expect([...shown.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, name]) => name)).toEqual([
    'output',
    'script-1',
    'script-2',
  ]);
  expect(shown).toContain('left by the step make &lt;it&gt;');
});
