import { expect, it } from 'vitest';
import type { Change } from '../../../src/page/wire.ts';
import { isWatched, type Watched } from './watched.ts';

const TASK: Change = { kind: 'task', taskId: 'a', taskGroupId: 'g', taskQueueId: 'p/q', state: 'running' };
const ONE: Watched = { kind: 'task', taskId: 'a' };

it.each<[change: Change, watched: Watched, expected: boolean]>([
  [TASK, ONE, true],
  [{ ...TASK, taskId: 'b' }, ONE, false],
  [TASK, { kind: 'task', taskQueueId: undefined }, true],
  [TASK, { kind: 'task', taskGroupId: 'g', taskQueueId: 'p/r' }, false],
  [{ kind: 'cache' }, ONE, false],
  [{ kind: 'all' }, ONE, true],
  [{ kind: 'all', of: 'task' }, ONE, true],
  [{ kind: 'all', of: 'cache' }, ONE, false],
])('%j is looked at by who watches %j: %s', (change, watched, expected) => {
  expect(isWatched(change, [watched])).toBe(expected);
  expect(isWatched(change, [])).toBe(change.kind === 'all' && change.of === undefined);
  expect(isWatched(change, [watched, { kind: 'cache' }])).toBe(
    expected || change.kind === 'cache' || (change.kind === 'all' && change.of === 'cache'),
  );
});
