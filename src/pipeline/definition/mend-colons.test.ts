import { describe, expect, it } from 'vitest';
import { parseDefinition } from './parse-definition.ts';

const FILE = `box: busybox
command-timeout: soon
build:
  steps:
    - script
        name: first
        code: echo
    - scrpt:
        code: echo
    - script
        code: echo
deploy:
  step:
    - script: { code: echo }
`;

describe('when colons are missing behind the names of steps', () => {
  it('tells all of them and the other mistakes of the file in one go', () => {
    const { definition, diagnostics } = parseDefinition(FILE, { file: 'wercker.yml' });
    expect(definition).toBeUndefined();
    const found = diagnostics.map(({ code, severity, range }) => `${range?.start.line} ${severity} ${code}`);
    expect(found.filter((line) => line.endsWith('missing-colon'))).toEqual([
      '5 error missing-colon',
      '10 error missing-colon',
    ]);
    expect(found.some((line) => line.startsWith('2 warning'))).toBe(true);
    expect(found.some((line) => line.startsWith('8 warning'))).toBe(true);
    expect(found.some((line) => line.startsWith('13 warning'))).toBe(true);
  });

  it('points at the places of the file as it was written', () => {
    const { diagnostics } = parseDefinition(FILE, { file: 'wercker.yml' });
    const second = diagnostics.findLast(({ code }) => code === 'missing-colon');
    expect(second?.range?.start).toMatchObject({ line: 10, column: 13 });
  });
});
