import { expect, it } from 'vitest';
import { isStuck, runningIn, workerState } from './worker-state.ts';

const NOW = Date.UTC(2030, 0, 31, 12);
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();

const run = (started: number) => ({
  taskId: `at ${started}`,
  runId: 0,
  name: 'n',
  started: at(started),
  takenUntil: at(20),
});
const worker = (more = {}) => ({
  workerGroup: 'g',
  workerId: 'w',
  firstClaim: at(-600),
  lastDateActive: at(-39),
  running: [],
  ...more,
});
const queue = (pending: number, workers: readonly ReturnType<typeof worker>[]) => ({
  taskQueueId: 'local/docker',
  pending,
  claimed: 0,
  lastDateActive: at(0),
  workers,
  workerCount: workers.length,
});

it('a worker runs, rests, is quarantined or away', () => {
  const states = [
    worker({ running: [run(-3)] }),
    worker(),
    worker({ running: [run(-3)], quarantineUntil: at(1) }),
    worker({ quarantineUntil: at(-1) }),
    worker({ lastDateActive: at(-41) }),
    worker({ lastDateActive: at(-41), running: [run(-3)] }),
  ].map((each) => workerState(each, NOW));
  expect(states).toEqual(['running', 'idle', 'quarantined', 'idle', 'away', 'running']);
});

it('a queue is stuck where something waits and nobody takes it', () => {
  expect(
    [
      queue(1, []),
      queue(1, [worker({ lastDateActive: at(-41) }), worker({ quarantineUntil: at(1) })]),
      queue(1, [worker()]),
      queue(0, []),
    ].map((each) => isStuck(each, NOW)),
  ).toEqual([true, true, false, false]);
});

it('what runs longest comes first, from whichever queue', () => {
  const running = runningIn([
    queue(0, [worker({ running: [run(-3)] })]),
    queue(0, [worker({ running: [run(-1), run(-9)] })]),
  ]);
  expect(running.map(({ run: { taskId } }) => taskId)).toEqual(['at -9', 'at -3', 'at -1']);
});
