import { describe, expect, test } from 'vitest';
import { parseDefinition } from '../definition/parse-definition.ts';
import { resolveTarget, type TargetChoice } from './resolve-target.ts';

function resolve(text: string, choice: Partial<TargetChoice>) {
  const { definition } = parseDefinition(text, { file: 'wercker.yml' });
  if (definition === undefined) throw new Error('the text is no definition');
  return resolveTarget({ definition, pipeline: 'build', ...choice });
}

function resolved(text: string, choice: Partial<TargetChoice> = {}) {
  const result = resolve(text, choice);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function mistakes(text: string, choice: Partial<TargetChoice> = {}) {
  const result = resolve(text, choice);
  return result.ok ? [] : result.error;
}

describe('resolveTarget', () => {
  test('takes the pipeline’s own box and services before the default ones', () => {
    const text = 'box: ruby\nservices: [redis]\nbuild: {}\nother: {box: node, services: []}\n';
    expect(resolved(text)).toMatchObject({ box: { id: 'ruby' }, services: [{ id: 'redis' }] });
    expect(resolved(text, { pipeline: 'other' })).toMatchObject({ box: { id: 'node' }, services: [] });
  });

  test('refuses a pipeline that is not there, and says which there are', () => {
    expect(mistakes('box: x\nbuild: {}\ndeploy: {}\n', { pipeline: 'biuld' })).toMatchObject([
      { message: 'No pipeline named biuld', hint: 'did you mean "build"? the file has build, deploy' },
    ]);
  });

  test('refuses a pipeline without a box', () => {
    expect(mistakes('build: {}\n')).toMatchObject([
      { message: expect.stringContaining('No box definition found'), pipeline: 'build' },
    ]);
  });

  test('lets a deploy target’s steps replace the pipeline’s', () => {
    const text = 'box: x\ndeploy: {steps: [a], production: [b, c], after-steps: [d]}\n';
    const { steps, afterSteps, warnings } = resolved(text, {
      pipeline: 'deploy',
      deployTarget: 'production',
    });
    expect(steps.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(afterSteps.map(({ name }) => name)).toEqual(['d']);
    expect(warnings).toEqual([]);
  });

  test('falls back to the pipeline’s steps for an unknown deploy target, with a warning', () => {
    const text = 'box: x\ndeploy: {steps: [a], production: [b]}\n';
    const { steps, warnings } = resolved(text, { pipeline: 'deploy', deployTarget: 'prodution' });
    expect(steps.map(({ name }) => name)).toEqual(['a']);
    expect(warnings).toMatchObject([{ code: 'unknown-target', hint: 'did you mean "production"?' }]);
  });
});
