import { expect, it } from 'vitest';
import { readPodSettings } from './pod-settings.ts';

it('an operator says what pods of builds get, and where they run', () => {
  const text = `resources:
  requests: { cpu: 1 }
  limits: { memory: 4Gi }
nodeSelector: { slipway.dev/builds: 'yes' }
tolerations: [{ key: builds, operator: Exists }]
`;
  expect(readPodSettings(text)).toEqual({
    resources: { requests: { cpu: '1' }, limits: { memory: '4Gi' } },
    nodeSelector: { 'slipway.dev/builds': 'yes' },
    tolerations: [{ key: 'builds', operator: 'Exists' }],
  });
  expect(readPodSettings('')).toEqual({});
});

it.each([
  ['resources: { limits: { memory: lots } }', 'resources.limits.memory: expected a quantity'],
  ['privileged: true', 'as a whole'],
  ['startLimitSeconds: 0', 'startLimitSeconds'],
  ['tolerations: [{ kee: x }]', 'tolerations.0'],
  ['a: [', 'no YAML'],
])('%s is refused with its place', (text, words) => {
  expect(() => readPodSettings(text)).toThrow(words);
});
