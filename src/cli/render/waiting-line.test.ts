import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent, RunEventBody } from '../../kernel/index.ts';
import { createWaitingLine } from './waiting-line.ts';

function createStream(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const output = Object.assign(stream, { isTTY, columns: 16 }) as unknown as NodeJS.WriteStream; // what is used of one
  const waiting = createWaitingLine(output);
  const see = (body: RunEventBody): void => waiting.see({ ...body, runId: 'run1' } as RunEvent);
  return { see, waiting, text: () => text };
}

const begin: RunEventBody = { type: 'phase-started', at: 0, phase: 'copy source' };
const end: RunEventBody = {
  type: 'phase-finished',
  at: 0,
  phase: 'copy source',
  result: 'passed',
  durationMs: 1,
};

describe('the line of work that says nothing', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('counts the seconds on a terminal, within its width, and is gone when the work is done', () => {
    const { see, text } = createStream(true);
    see(begin);
    expect(text()).toBe('');
    vi.advanceTimersByTime(2000);
    expect(text()).toBe('copy source … 1\r\u001b[Kcopy source … 2');
    see(end);
    vi.advanceTimersByTime(5000);
    expect(text().slice(-4)).toBe('\r\u001b[K');
  });

  it('makes room for whatever else is printed', () => {
    const { see, text, waiting } = createStream(true);
    see(begin);
    vi.advanceTimersByTime(1000);
    waiting.clear();
    waiting.clear();
    expect(text()).toBe('copy source … 1\r\u001b[K');
  });

  it('is not there where nobody looks', () => {
    const { see, text } = createStream(false);
    see(begin);
    vi.advanceTimersByTime(5000);
    see(end);
    expect(text()).toBe('');
  });
});
