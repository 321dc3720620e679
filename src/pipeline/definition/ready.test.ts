import { describe, expect, test } from 'vitest';
import { parseDefinition } from './parse-definition.ts';

function read(ready: string) {
  const text = `box: x\nservices:\n  - id: db\n    ready: ${ready}\nbuild: {}\n`;
  const { definition, diagnostics } = parseDefinition(text, { file: 'wercker.yml' });
  expect(diagnostics).toEqual([]);
  return definition?.services?.[0]?.ready;
}

describe('the ready of a service', () => {
  test.each([
    ['false', { probe: { kind: 'none' } }],
    ['true', { probe: { kind: 'image' } }],
    ['{timeout: 120}', { probe: { kind: 'image' }, timeoutSeconds: 120 }],
    ['5432', { probe: { kind: 'tcp', ports: [5432] } }],
    ['"5432"', { probe: { kind: 'tcp', ports: [5432] } }],
    ['[80, 443, 80]', { probe: { kind: 'tcp', ports: [80, 443] } }],
    ['{tcp: 5432, timeout: 0.5}', { probe: { kind: 'tcp', ports: [5432] }, timeoutSeconds: 0.5 }],
    ['{tcp: [1, 65535]}', { probe: { kind: 'tcp', ports: [1, 65_535] } }],
    ['{http: /health}', { probe: { kind: 'http', path: '/health', port: 80 } }],
    [
      "{http: '/a?b=$(id)', port: 8080, status: 204}",
      { probe: { kind: 'http', path: '/a?b=$(id)', port: 8080, status: 204 } },
    ],
    ['{command: pg_isready -U postgres}', { probe: { kind: 'command', command: 'pg_isready -U postgres' } }],
    [
      '{command: [pg_isready, -p, 5432]}',
      { probe: { kind: 'command', command: ['pg_isready', '-p', '5432'] } },
    ],
    ['{log: ready to accept}', { probe: { kind: 'log', text: 'ready to accept' } }],
  ])('may be %s', (written, expected) => {
    expect(read(written)).toEqual(expected);
  });

  test('is absent where the file does not say it', () => {
    const { definition } = parseDefinition('box: x\nservices: [db]\nbuild: {}\n', { file: 'wercker.yml' });
    expect(definition?.services?.[0]).not.toHaveProperty('ready');
  });
});
