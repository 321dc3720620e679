import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../src/page/wire.ts';
import { followChanges, liveState, onChange } from './changes.ts';

/** A browser's stream that a test opens, cuts and refuses. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly all: FakeSource[] = [];
  readyState = 0;
  onopen?: () => void;
  onerror?: () => void;

  constructor() {
    super();
    FakeSource.all.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(change: Change): void {
    this.dispatchEvent(new MessageEvent('change', { data: JSON.stringify(change) }));
  }

  cut(): void {
    this.readyState = 0;
    this.onerror?.();
  }

  refuse(): void {
    this.readyState = FakeSource.CLOSED;
    this.onerror?.();
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
}

class FakeDocument extends EventTarget {
  visibilityState = 'visible';

  turn(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

const last = (): FakeSource => {
  const source = FakeSource.all.at(-1);
  if (source === undefined) throw new Error('nobody asked for a stream');
  return source;
};

const openOnes = (): number =>
  FakeSource.all.filter(({ readyState }) => readyState !== FakeSource.CLOSED).length;

describe('what follows the changes of a server', () => {
  let document: FakeDocument;
  const refused = vi.fn();
  const heard: Change[] = [];
  let stop: (() => void)[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    document = new FakeDocument();
    vi.stubGlobal('document', document);
    vi.stubGlobal('EventSource', FakeSource);
    FakeSource.all.length = 0;
    heard.length = 0;
    refused.mockClear();
    stop = [onChange((change) => heard.push(change))];
  });

  afterEach(() => {
    for (const each of stop) each();
    expect(openOnes()).toBe(0);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const follow = (): void => void stop.push(followChanges(refused));

  it('tells them, and after each time that it could not hear that all is to be asked for again, who looks included', () => {
    follow();
    expect(liveState.value).toBe('connecting');
    last().open();
    last().say({ kind: 'cache' });
    last().cut();
    expect(liveState.value).toBe('away');
    expect(refused).not.toHaveBeenCalled();
    last().open();
    expect(liveState.value).toBe('live');
    expect(refused).toHaveBeenCalledTimes(1);
    expect(heard).toEqual([{ kind: 'all' }, { kind: 'cache' }, { kind: 'all' }]);
    expect(FakeSource.all).toHaveLength(1);
  });

  it('comes back after a refusal, later each time, and lets ask who looks', () => {
    follow();
    const waits = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const [i, wait] of waits.entries()) {
      last().refuse();
      expect(refused).toHaveBeenCalledTimes(i + 1);
      vi.advanceTimersByTime(wait - 1);
      expect(FakeSource.all).toHaveLength(i + 1);
      vi.advanceTimersByTime(1);
      expect(FakeSource.all).toHaveLength(i + 2);
    }
    last().open();
    last().refuse();
    vi.advanceTimersByTime(1_000);
    expect(openOnes()).toBe(1);
  });

  it('lets go while nobody looks, but for a moment, and asks for all when somebody does', () => {
    follow();
    last().open();
    document.turn('hidden');
    vi.advanceTimersByTime(4_000);
    document.turn('visible');
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.all).toHaveLength(1);
    document.turn('hidden');
    vi.advanceTimersByTime(5_000);
    expect([openOnes(), liveState.value]).toEqual([0, 'paused']);
    document.turn('visible');
    last().open();
    expect([FakeSource.all.length, liveState.value]).toEqual([2, 'live']);
    expect(heard).toEqual([{ kind: 'all' }, { kind: 'all' }]);
  });

  it('does not come back after a refusal while nobody looks', () => {
    follow();
    last().refuse();
    document.turn('hidden');
    vi.advanceTimersByTime(60_000);
    expect([openOnes(), liveState.value]).toEqual([0, 'paused']);
  });

  it('waits in a tab that nobody has looked at yet', () => {
    document.visibilityState = 'hidden';
    follow();
    expect(FakeSource.all).toHaveLength(0);
    document.turn('visible');
    expect(FakeSource.all).toHaveLength(1);
  });
});
