import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../definition/parse-definition.ts';
import { LAPTOP_ONLY, type LaptopRules, laptopOnly } from './laptop-only.ts';
import { resolveTarget } from './resolve-target.ts';

const FILE = `box:
  id: busybox
  volumes: /data
services:
  - id: redis
    volumes: /var/lib
  - url: file:///other#build
    name: other
build:
  docker: true
  steps:
    - script:
        code: echo
    - my/inside "file://./steps/inside"
    - my/outside "file:///srv/step"
  after-steps:
    - my/after "file://../step"
`;

function found(rules: Partial<LaptopRules> = {}): string[] {
  const { definition } = parseDefinition(FILE, { file: 'wercker.yml' });
  if (definition === undefined) throw new Error('the file of the test is wrong');
  const target = resolveTarget({ definition, pipeline: 'build' });
  if (!target.ok) throw new Error('there is no such pipeline');
  const isInside = (path: string): boolean => path.startsWith('./');
  return laptopOnly(target.value, { allow: [], neverPulls: false, isInside, ...rules }).map(
    ({ range, message, severity, code, pipeline }) => {
      expect({ severity, code, pipeline }).toEqual({
        severity: 'error',
        code: 'laptop-only',
        pipeline: 'build',
      });
      return `${range?.start.line}:${range?.start.column} ${message.split(':')[0]}`;
    },
  );
}

describe('what is for a machine of one’s own', () => {
  it('is told with its place, all of it', () => {
    expect(found().map((text) => text.split(' ')[0])).toEqual(['9:1', '2:3', '5:5', '7:5', '15:7', '17:7']);
  });

  it('is an image too that is never to be pulled', () => {
    const more = found({ neverPulls: true }).filter((text) => text.includes('without being pulled'));
    expect(more.map((text) => text.split(' ')[0])).toEqual(['2:3', '5:5']); // what is built is not pulled
  });

  it.each(LAPTOP_ONLY)('may be allowed on its own: %s', (what) => {
    const all = found({ neverPulls: true });
    const left = found({ neverPulls: true, allow: [what] });
    expect(left.length).toBeLessThan(all.length);
    expect(all).toEqual(expect.arrayContaining(left));
  });

  it('is nothing where all of it is allowed', () => {
    expect(found({ neverPulls: true, allow: LAPTOP_ONLY })).toEqual([]);
  });
});
