import { describe, expect, test } from 'vitest';
import { parseStepId } from './step-id.ts';

describe('parseStepId', () => {
  test.each([
    ['npm-test', 'wercker', 'npm-test', { kind: 'registry', version: '*' }],
    ['42', 'wercker', '42', { kind: 'registry', version: '*' }],
    ['owner/name', 'owner', 'name', { kind: 'registry', version: '*' }],
    ['owner/name@1.2.3', 'owner', 'name', { kind: 'registry', version: '1.2.3' }],
    ['name@^1.2', 'wercker', 'name', { kind: 'registry', version: '^1.2' }],
    ['name@>=1.2 <2 || 3.x', 'wercker', 'name', { kind: 'registry', version: '>=1.2 <2 || 3.x' }],
    ['name@', 'wercker', 'name', { kind: 'registry', version: '*' }],
    ['script', 'wercker', 'script', { kind: 'script', code: '' }],
    ['script@1.0', 'wercker', 'script', { kind: 'registry', version: '1.0' }],
    ['me/script', 'me', 'script', { kind: 'registry', version: '*' }],
    ['internal/docker-push', 'internal', 'docker-push', { kind: 'internal' }],
    ['internal/unknown', 'internal', 'unknown', { kind: 'registry', version: '*' }],
    ['a "https://example.com/a.tgz"', 'wercker', 'a', { kind: 'tarball', url: 'https://example.com/a.tgz' }],
    ['me/a@1 "file:///srv/a"', 'me', 'a', { kind: 'folder', path: '/srv/a' }],
    ['a  "file://./steps/with space"', 'wercker', 'a', { kind: 'folder', path: './steps/with space' }],
  ])('reads %s', (text, owner, name, source) => {
    expect(parseStepId(text)).toEqual({ ok: true, value: { owner, name, source } });
  });

  test.each([
    ['', 'no name'],
    ['/name', 'no name'],
    ['owner/', 'no name'],
    ['@1', 'no name'],
    ['a/b/c', 'one "/" at most'],
    ['two words', 'no spaces'],
    ['a "file://x', 'no spaces'],
    ['a@../../etc', 'a version has no "/"'],
    ['a ""', 'must begin with'],
    ['a "file://"', 'must begin with'],
    ['a "/srv/a"', 'must begin with'],
    ['a "https://"', 'must begin with'],
  ])('says what is wrong with %j', (text, error) => {
    expect(parseStepId(text)).toEqual({ ok: false, error: expect.stringContaining(error) });
  });
});
