import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change, ChangeFilter, ChangeKind } from '../wire.ts';
import { createChanges } from './changes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ALL: readonly ChangeKind[] = ['task', 'run', 'build', 'workers', 'cache'];
const task = (taskId: string, taskGroupId = 'group', taskQueueId = 'p/q'): Change => ({
  kind: 'task',
  taskId,
  taskGroupId,
  taskQueueId,
  state: 'pending',
});
const run = (runId: string): Change => ({ kind: 'run', runId, result: 'running' });

function open() {
  const changes = createChanges({ now: () => Date.now() });
  const listen = (kinds: readonly ChangeKind[] = ALL, filter: ChangeFilter = {}) => {
    const heard: Change[] = [];
    const listening = changes.listen({ kinds: new Set(kinds), filter, hear: (told) => heard.push(...told) });
    return Object.assign(listening, { heard });
  };
  const pass = (ms: number) => vi.advanceTimersByTime(ms);
  return { changes, listen, pass };
}

describe('what changes', () => {
  it('is told at once, and what follows within a quarter of a second together, each thing as it is last', () => {
    const { changes, listen, pass } = open();
    const { heard } = listen();
    changes.tell(task('a'));
    pass(15);
    expect(heard).toEqual([task('a')]);
    const last = { ...task('a'), state: 'running' } as const;
    for (const change of [task('a'), run('r'), last]) changes.tell(change);
    pass(249);
    expect(heard).toHaveLength(1);
    pass(1);
    expect(heard.slice(1)).toEqual([last, run('r')]);
  });

  it('is told to who asked for its kind', () => {
    const { changes, listen, pass } = open();
    const [tasks, others] = [listen(['task']), listen(['run', 'cache'])];
    for (const change of [task('a'), run('r'), { kind: 'cache' } as const]) changes.tell(change);
    pass(15);
    expect(tasks.heard).toEqual([task('a')]);
    expect(others.heard).toEqual([run('r'), { kind: 'cache' }]);
  });

  it('is told no more to who has left, and kept for nobody', () => {
    const { changes, listen, pass } = open();
    const gone = listen();
    gone[Symbol.dispose]();
    expect(changes.hasListeners).toBe(false);
    changes.tell(task('a'));
    const { heard } = listen();
    pass(1000);
    expect([gone.heard, heard]).toEqual([[], []]);
  });

  it('is told as "all" where some was missed', () => {
    const { changes, listen, pass } = open();
    const [one, filtered] = [listen(['run']), listen(['task'], { taskId: 'x' })];
    changes.tell(undefined);
    changes.tell(task('a'));
    pass(15);
    expect([one.heard, filtered.heard]).toEqual([[{ kind: 'all' }], [{ kind: 'all' }]]);
  });
});

describe('too many changes', () => {
  it('of a thousand tasks a second are a few events, and the last one is never left out', () => {
    const { changes, listen, pass } = open();
    const { heard } = listen();
    changes.tell(run('before'));
    for (let i = 0; i < 5000; i += 1) {
      changes.tell(task(`${i}`));
      pass(1);
    }
    const until = heard.length;
    expect(until).toBeLessThan(5 * 20);
    expect(heard).toContainEqual(run('before'));
    pass(1250);
    const rest = heard.slice(until);
    expect(rest).toEqual([{ kind: 'all', of: 'task' }]);
    pass(10_000);
    expect(heard).toHaveLength(until + 1);
    changes.tell(task('after'));
    pass(250);
    expect(heard.at(-1)).toEqual(task('after'));
  });

  it('are still told one by one to who looks at one of them', () => {
    const { changes, listen, pass } = open();
    const one = listen(ALL, { taskId: '77' });
    const group = listen(['task'], { taskGroupId: 'small' });
    const queue = listen(['task', 'workers'], { taskQueueId: 'p/other' });
    const large = listen(['task'], { taskGroupId: 'group' });
    for (let i = 0; i < 3000; i += 1) changes.tell(task(`${i}`));
    changes.tell(task('s', 'small'));
    changes.tell(task('o', 'group', 'p/other'));
    changes.tell({ kind: 'workers', taskQueueId: 'p/q' });
    pass(15);
    expect(one.heard).toEqual([task('77'), { kind: 'workers', taskQueueId: 'p/q' }]);
    expect(group.heard).toEqual([task('s', 'small')]);
    expect(queue.heard).toEqual([task('o', 'group', 'p/other')]);
    expect(large.heard).toEqual([{ kind: 'all', of: 'task' }]);
  });

  it('are not all kept: who looks at one of them is told that there were more', () => {
    const { changes, listen, pass } = open();
    const one = listen(ALL, { taskId: '1' });
    const other = listen(['run'], { runId: 'r' });
    for (let i = 0; i < 6000; i += 1) changes.tell(task(`${i}`));
    changes.tell(run('r'));
    pass(15);
    expect(one.heard).toEqual([{ kind: 'all', of: 'task' }, run('r')]);
    expect(other.heard).toEqual([run('r')]);
  });
});
