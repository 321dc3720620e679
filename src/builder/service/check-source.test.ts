import { describe, expect, it } from 'vitest';
import { checkSource } from './check-source.ts';

const DESTINATION = {
  pushHost: 'registry.internal:5000',
  pullHost: 'registry.example.com',
  isPlainHttp: true,
};
const check =
  (source: string, more: object = {}, sources?: 'all') =>
  () =>
    checkSource({ login: 'alice', environment: {}, ...(sources && { sources }) }, source, {
      ...DESTINATION,
      ...more,
    });

describe('a source in the registry that images go to', () => {
  it.each([
    'registry.internal:5000/bob:private',
    'registry.example.com/bob:private',
    'registry.example.com:443/bob:private',
    'REGISTRY.EXAMPLE.COM/bob:private',
    'registry.example.com/bob/slipway-cache:python',
    'registry.example.com/alicesfriend:1',
    `registry.example.com/bob@sha256:${'0'.repeat(64)}`,
    'registry.example.com/runtimes/python:3',
  ])('is not extended where it is not the user’s own: %s', (source) => {
    expect(check(source)).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        message: 'Invalid source for the build.',
        detail: expect.stringContaining('below alice, and no others'),
      }),
    );
    expect(check(source, {}, 'all')).not.toThrow();
    expect(check(source, { isUsers: true })).not.toThrow();
  });

  it.each([
    'registry.internal:5000/alice:1',
    'registry.example.com/alice/base:1',
    'bob:1',
    'ghcr.io/bob:private',
  ])('is extended where it is, or where it is in another one: %s', (source) => {
    expect(check(source)).not.toThrow();
  });

  it.each(['localhost:5000', '127.0.0.1:5000', '127.0.0.2:5000'])(
    'has all names of this machine: %s',
    (host) => {
      const here = { pushHost: '127.0.0.1:5000', pullHost: '127.0.0.1:5000' };
      expect(check(`${host}/bob:private`, here)).toThrow(expect.objectContaining({ code: 'INVALID' }));
      expect(check(`${host}/alice:1`, here)).not.toThrow();
    },
  );

  it('may be of Docker Hub, however that is written', () => {
    const hub = { pushHost: 'docker.io', pullHost: 'docker.io' };
    for (const source of ['bob:1', 'bob/app', 'index.docker.io/bob/app'])
      expect(check(source, hub)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});
