import { describe, expect, test } from 'vitest';
import { INTERNAL_STEPS } from '../definition/keys.ts';
import { parseDefinition } from '../definition/parse-definition.ts';
import { internalManifest } from './internal-steps.ts';

function found(id: string, data: Readonly<Record<string, unknown>>) {
  const text = JSON.stringify({ box: 'x', build: { steps: [{ [id]: data }] } }, undefined, 1);
  return parseDefinition(text, { file: 'wercker.yml' }).diagnostics;
}

const PUSH = { repository: 'registry.test/app' };

describe('a property of a built-in step', () => {
  test.each([
    ['internal/docker-push', {}, 'repository'],
    ['internal/docker-scratch-push', { tag: 'x' }, 'repository'],
    ['internal/docker-build', {}, 'image-name'],
    ['internal/docker-run', { name: 'db' }, 'image'],
  ])('that %s needs is missed before anything starts', (id, data, name) => {
    expect(found(id, data)).toMatchObject([
      {
        severity: 'error',
        code: 'missing-property',
        message: `the step "${id}" needs the property "${name}"`,
        range: { start: { line: 6 } },
      },
    ]);
  });

  test('that is needed must not be empty', () => {
    expect(found('internal/docker-push', { repository: ' ' })).toMatchObject([
      { severity: 'error', code: 'bad-property', range: { start: { line: 7 } } },
    ]);
  });

  test('is told for every step at once, with the pipeline that it keeps from running', () => {
    const text =
      'box: x\nbuild:\n  steps:\n    - internal/docker-push\n    - internal/docker-run: {image: a, prots: 1}\n';
    expect(parseDefinition(text, { file: 'wercker.yml' }).diagnostics).toMatchObject([
      { code: 'missing-property', pipeline: 'build', range: { start: { line: 4 } } },
      { message: '"name" is a required field', range: { start: { line: 5 } } },
      { code: 'unknown-property', hint: 'did you mean "ports"?', range: { start: { line: 5 } } },
    ]);
  });

  test('that nobody knows is told with the one that may be meant', () => {
    expect(found('internal/docker-push', { ...PUSH, tags: 'a' })).toMatchObject([
      { severity: 'warning', code: 'unknown-property', hint: 'did you mean "tag"?' },
    ]);
    expect(found('internal/store-container', { whatever: 'a' })).toMatchObject([
      { severity: 'warning', code: 'unknown-property', hint: 'it takes none' },
    ]);
  });

  test.each([
    ['internal/docker-build', { 'image-name': 'a', 'no-cache': 'perhaps' }, 'must be true or false'],
    ['internal/docker-push', { ...PUSH, ports: '80, 70000' }, '"70000"'],
    ['internal/docker-push', { ...PUSH, ports: '8080:80' }, '"8080:80"'],
    ['internal/docker-run', { name: 'a', image: 'b', ports: '1:2:3:4' }, '"1:2:3:4"'],
    [
      'internal/docker-push',
      { ...PUSH, labels: 'a=b broken' },
      '"broken", which is not of the form name=value',
    ],
    ['internal/docker-push', { ...PUSH, env: "a='b" }, "the quote ' is not closed"],
    ['internal/docker-run', { name: 'a', image: 'b', cmd: 'sh -c "x' }, 'the quote " is not closed'],
    ['internal/docker-build', { 'image-name': 'a', 'registry-auth-config': '{"a": secret}' }, 'is not JSON'],
  ])('is refused where it cannot be read: %s %j', (id, data, problem) => {
    const mistakes = found(id, data);
    expect(mistakes).toMatchObject([{ severity: 'error', range: { start: { line: expect.any(Number) } } }]);
    expect(mistakes[0]?.message).toContain(problem);
    expect(mistakes[0]?.message).not.toContain('secret');
  });

  test.each([
    ['internal/docker-push', { ...PUSH, ports: '80 443/tcp,53/udp $MORE', labels: 'a=b "c=d e" $MORE' }],
    ['internal/docker-run', { name: 'a', image: 'b', ports: '8080:80, 127.0.0.1:9000:90/udp' }],
    ['internal/docker-build', { 'image-name': 'a', squash: '$SQUASH', 'registry-auth-config': '$LOGINS' }],
  ])('may hold variables and lists: %s', (id, data) => {
    expect(found(id, data)).toEqual([]);
  });
});

test('every built-in step says what it takes', () => {
  for (const id of INTERNAL_STEPS.keys()) expect(internalManifest(id)?.summary, id).toMatch(/\w/);
  expect(internalManifest('internal/nothing')).toBeUndefined();
});
