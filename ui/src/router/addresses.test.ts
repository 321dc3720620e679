import { expect, it } from 'vitest';
import { groupAddress, imageAddress, queueAddress, runAddress, taskAddress } from './addresses.ts';

it('what is in an address stays in its part', () => {
  expect(runAddress('a/../b')).toBe('/runs/a%2F..%2Fb');
  expect(taskAddress('t?x#y')).toBe('/tasks/t%3Fx%23y');
  expect(taskAddress('t', 0)).toBe('/tasks/t?run=0');
  expect(groupAddress('g')).toBe('/groups/g');
  expect(queueAddress('local/docker')).toBe('/queues/local/docker');
  expect(imageAddress('b c')).toBe('/images/b%20c');
});
