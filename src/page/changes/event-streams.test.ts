import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Change } from '../wire.ts';
import { createEventStreams } from './event-streams.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CACHE: Change = { kind: 'cache' };
const RETRY = 'retry: 1000\n\n';
const text = (change: Change): string => `event: change\ndata: ${JSON.stringify(change)}\n\n`;

/** An answer whose other side reads, or does not. */
function createAnswer() {
  const answer = Object.assign(new EventEmitter(), {
    written: [] as string[],
    isRead: true,
    isCut: false,
    writableEnded: false,
    writeHead: () => answer,
    write(piece: string): boolean {
      answer.written.push(piece);
      return answer.isRead;
    },
    end: () => void Object.assign(answer, { writableEnded: true }),
    destroy: () => void Object.assign(answer, { isCut: true }),
  });
  return answer;
}

function open(stopping = new AbortController(), isOver = () => false) {
  const streams = createEventStreams({ now: () => Date.now(), stopping: stopping.signal });
  const answer = createAnswer();
  const onEnd = vi.fn();
  // It has what is used of an answer.
  const stream = streams.open(answer as unknown as ServerResponse, { headers: {}, isOver, onEnd });
  return { stream, answer, onEnd, stopping };
}

it('keeps nothing for who does not read, and tells them once that they missed something', () => {
  const { stream, answer } = open();
  answer.isRead = false;
  stream.send([CACHE]);
  for (let i = 0; i < 1000; i += 1) stream.send([CACHE]);
  expect(answer.written).toEqual([RETRY, text(CACHE)]);
  answer.isRead = true;
  answer.emit('drain');
  expect(answer.written.slice(2)).toEqual([text({ kind: 'all' })]);
  stream.send([CACHE]);
  expect(answer.written.slice(3)).toEqual([text(CACHE)]);
});

it('cuts who has read nothing for two beats, and beats for all others', () => {
  const { stream, answer } = open();
  vi.advanceTimersByTime(15_000);
  expect(answer.written).toEqual([RETRY, ': beat\n\n']);
  answer.isRead = false;
  stream.send([CACHE]);
  vi.advanceTimersByTime(15_000);
  expect(answer.isCut).toBe(false);
  vi.advanceTimersByTime(15_000);
  expect(answer.isCut).toBe(true);
});

it('ends after half an hour, so that who may see what is looked at anew', () => {
  const { answer } = open();
  vi.advanceTimersByTime(30 * 60_000 - 1);
  expect(answer.writableEnded).toBe(false);
  vi.advanceTimersByTime(1);
  expect(answer.writableEnded).toBe(true);
});

it('cuts who does not read its end either', () => {
  const { answer } = open();
  vi.advanceTimersByTime(30 * 60_000);
  expect(answer.isCut).toBe(false);
  vi.advanceTimersByTime(15_000);
  expect(answer.isCut).toBe(true);
});

it('ends at once where the server stops already, and tells its owner when it is closed', () => {
  const stopping = new AbortController();
  stopping.abort();
  const { answer, onEnd } = open(stopping);
  expect(answer.writableEnded).toBe(true);
  answer.emit('close');
  expect(onEnd).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

it('ends with the session of who reads it', () => {
  let isOver = false;
  const { answer } = open(new AbortController(), () => isOver);
  vi.advanceTimersByTime(15_000);
  expect(answer.writableEnded).toBe(false);
  isOver = true;
  vi.advanceTimersByTime(15_000);
  expect(answer.writableEnded).toBe(true);
});
