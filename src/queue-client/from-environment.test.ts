import { expect, it } from 'vitest';
import { fromEnvironment } from './from-environment.ts';

const both = { TASKCLUSTER_CLIENT_ID: 'a', TASKCLUSTER_ACCESS_TOKEN: 'hush' };

it('address and credentials come from the variables of all Taskcluster tools', () => {
  const found = fromEnvironment({ ...both, TASKCLUSTER_ROOT_URL: 'http://q', TASKCLUSTER_CERTIFICATE: '{}' });
  expect(found.rootUrl).toBe('http://q');
  expect(found.credentials?.()).toEqual({ clientId: 'a', accessToken: 'hush', certificate: '{}' });
  expect(fromEnvironment(both).credentials?.()).toEqual({ clientId: 'a', accessToken: 'hush' });
});

it('nothing, and what is empty, says nothing', () => {
  expect(fromEnvironment({})).toEqual({});
  expect(fromEnvironment({ TASKCLUSTER_CLIENT_ID: '', TASKCLUSTER_ACCESS_TOKEN: '' })).toEqual({});
});

it('half of the credentials is refused, by the name of the other half', () => {
  expect(() => fromEnvironment({ TASKCLUSTER_CLIENT_ID: 'a' })).toThrow('TASKCLUSTER_ACCESS_TOKEN is not');
  expect(() => fromEnvironment({ TASKCLUSTER_ACCESS_TOKEN: 'hush' })).toThrow('TASKCLUSTER_CLIENT_ID is not');
});

it('a certificate that is no JSON is refused and not shown', () => {
  for (const wrong of ['{"hush', 'hush', '7'])
    expect(() => fromEnvironment({ ...both, TASKCLUSTER_CERTIFICATE: wrong })).toThrow(
      /^(?!.*hush).*no JSON/,
    );
});
