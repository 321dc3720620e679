import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openThread, type Thread } from './log-thread.ts';
import type { LogReport, LogRequest } from './protocol.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OPEN: LogRequest = { kind: 'open', url: '/log' };
const RETRY: LogRequest = { kind: 'retry' };
const STATE: LogReport = {
  kind: 'state',
  state: { lines: 1, sizeBytes: 2, keptBytes: 2, phase: 'ended' },
};

function opened(brokenAtOnce = 0) {
  const threads: (Thread & { readonly postMessage: ReturnType<typeof vi.fn> })[] = [];
  const [hear, giveUp] = [vi.fn(), vi.fn()];
  const thread = openThread({
    start() {
      const begun = { postMessage: vi.fn(), terminate: vi.fn(), onmessage: null, onerror: null };
      threads.push(begun);
      return begun;
    },
    isBroken: () => threads.length <= brokenAtOnce,
    hear,
    giveUp,
  });
  const breaks = (at: number): void => void threads[at]?.onerror?.call({} as never, {} as never);
  const says = (at: number): void => void threads[at]?.onmessage?.call({} as never, { data: STATE } as never);
  const toldTo = (at: number): unknown[] => threads[at]?.postMessage.mock.calls.flat() ?? [];
  return { thread, threads, hear, giveUp, breaks, says, toldTo };
}

it('a thread whose program did not come is started once more, and told the same', () => {
  const { thread, threads, hear, giveUp, breaks, says, toldTo } = opened();
  thread.send(OPEN);
  breaks(0);
  thread.send(RETRY); // while there is none
  vi.advanceTimersByTime(300);
  expect(toldTo(1)).toEqual([OPEN, RETRY]);
  says(1);
  expect(hear).toHaveBeenCalledWith(STATE);
  thread.send(RETRY);
  expect(toldTo(1)).toEqual([OPEN, RETRY, RETRY]);
  expect([threads.length, giveUp.mock.calls.length]).toEqual([2, 0]);
});

it('so is one that broke before it was known what it is for', async () => {
  const { thread, toldTo } = opened(1);
  thread.send(OPEN);
  await vi.advanceTimersByTimeAsync(300);
  expect(toldTo(1)).toEqual([OPEN]);
});

it('one that breaks twice, or at what it does, is given up', () => {
  const twice = opened();
  twice.breaks(0);
  vi.advanceTimersByTime(300);
  twice.breaks(1);
  const later = opened();
  later.says(0);
  later.breaks(0);
  expect([twice.giveUp, later.giveUp].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  vi.advanceTimersByTime(300);
  expect([twice.threads.length, later.threads.length]).toEqual([2, 1]);
});

it('none is started for a log that nobody looks at any more', () => {
  const { thread, threads, breaks } = opened();
  breaks(0);
  thread[Symbol.dispose]();
  vi.advanceTimersByTime(300);
  expect(threads.length).toBe(1);
});
