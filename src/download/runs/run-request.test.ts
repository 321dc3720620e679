import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../refusal.ts';
import { readRunAsked } from './run-request.ts';

const NAMES = { runId: 'r1', name: 'output' };

const refused = (url: string, names: { runId?: string; name?: string } = NAMES): RefusalCode => {
  try {
    readRunAsked(url, names);
  } catch (error) {
    return (error as { code: RefusalCode }).code;
  }
  throw new Error(`${url} was taken`);
};

describe('a request for a part of a run', () => {
  it('says what it wants, and what it shows', () => {
    const asked = readRunAsked('/x?path=a%2Fb+c&as=zip&expires=1&signature=s&view=1', NAMES);
    expect(asked.query).toEqual({ path: 'a/b c', as: 'zip', view: true });
    expect(asked.carried).toEqual({ expires: '1', signature: 's' });
    expect(asked.resource).toEqual(['runs', 'r1', 'artifacts', 'output', 'files', 'a', 'b c']);
  });

  it('counts the first value of a parameter', () => {
    expect(readRunAsked('/x?path=a&path=b&&path', NAMES).query).toEqual({ path: 'a' });
  });

  it('is for the whole artifact, run, or all runs where it names no part', () => {
    expect(readRunAsked('/x?path=', NAMES).resource).toEqual(['runs', 'r1', 'artifacts', 'output']);
    expect(readRunAsked('/x?path=//', NAMES).resource).toEqual(['runs', 'r1', 'artifacts', 'output']);
    expect(readRunAsked('/x', { runId: 'r1' }).resource).toEqual(['runs', 'r1']);
    expect(readRunAsked('/x', {}).resource).toEqual(['runs']);
  });

  it('keeps the parts of a path as they are: what leads upwards is a name that nothing has', () => {
    const { resource } = readRunAsked('/x?path=a/../../%252e%252e/b', NAMES);
    expect(resource.slice(4)).toEqual(['files', 'a', '..', '..', '%2e%2e', 'b']);
  });

  it('is refused where it cannot be understood', () => {
    expect(refused('/x?path=%')).toBe('BAD_REQUEST');
    expect(refused('/x?path=%ff')).toBe('BAD_REQUEST');
    expect(refused('/x?as=rar')).toBe('BAD_REQUEST');
    expect(refused(`/x?path=${'a'.repeat(4097)}`)).toBe('BAD_REQUEST');
  });

  it('finds nothing under names that nothing can have', () => {
    for (const id of ['', '..', '.', 'a/b', 'a\0', '-x', 'ü', 'a'.repeat(129)]) {
      expect(refused('/x', { runId: id })).toBe('NOT_FOUND');
      expect(refused('/x', { runId: 'r1', name: id })).toBe('NOT_FOUND');
    }
  });
});
