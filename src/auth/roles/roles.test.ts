import { describe, expect, it } from 'vitest';
import { satisfies } from '../scopes/satisfies.ts';
import { ROLE_NAMES, scopesOfRole } from './roles.ts';

/** What only workers may, and what everything hangs on. */
const NO_PERSONS = [
  'queue:claim-work:a/b',
  'queue:worker-id:a/b',
  'queue:reclaim-task:T/0',
  'queue:resolve-task:T/0',
  'queue:create-artifact:T/0',
  'auth:create-client:x',
  'slipway:backup',
];
const SHELL = 'queue:get-artifact:private/docker-worker/shell.html';
const ACTING = [
  'queue:create-task:lowest:a/b',
  'queue:create-task:project:p',
  'queue:scheduler-id:s',
  'queue:cancel-task:s/g/t',
  'queue:cancel-task-group:s/g',
  'queue:rerun-task:s/g/t',
  'queue:schedule-task:s/g/t',
  'queue:quarantine-worker:a/b/c/d',
  'builds:create:ann',
  'builds:cancel:ann',
  'cache:push:slipway.source/app/1',
  SHELL,
];

describe('roles', () => {
  it('may more from one to the next', () => {
    expect(ROLE_NAMES).toEqual(['reader', 'operator', 'admin']);
    for (const scope of scopesOfRole('reader')) expect(satisfies(scopesOfRole('operator'), scope)).toBe(true);
    expect(scopesOfRole('admin')).toEqual(['*']);
  });

  it.each(ACTING)('lets operators and no readers do what takes %s', (scope) => {
    expect(satisfies(scopesOfRole('reader'), scope)).toBe(false);
    expect(satisfies(scopesOfRole('operator'), scope)).toBe(true);
  });

  it.each(NO_PERSONS)('lets neither readers nor operators do what takes %s', (scope) => {
    expect(satisfies(scopesOfRole('reader'), scope)).toBe(false);
    expect(satisfies(scopesOfRole('operator'), scope)).toBe(false);
  });

  it('shows readers what pipelines keep from the public', () => {
    for (const name of [
      'logs/live.log',
      'logs/events.jsonl',
      'output.tar',
      'steps/a.tar',
      'run/events.jsonl',
    ])
      expect(satisfies(scopesOfRole('reader'), `queue:get-artifact:private/${name}`)).toBe(true);
  });
});
