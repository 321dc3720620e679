import { expect, it } from 'vitest';
import { isPrivateRef } from '../cache/ostree/private-ref.ts';
import { pipelineCacheRef, sourceRef, submittedRef } from './fleet-refs.ts';

it.each([
  sourceRef('app', '1f'.repeat(32)),
  sourceRef('../App ☃', '1f'.repeat(32)),
  submittedRef('app'),
  pipelineCacheRef('app', 'build'),
])('what a fleet has of a project is not for everybody: %s', (ref) => {
  expect(isPrivateRef(ref)).toBe(true);
});
