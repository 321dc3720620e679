import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TookTooLong, threadMatcher } from './matcher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LIMIT_MS = 2_000;
const REQUEST = {
  query: { text: 'a', isRegExp: false, isCaseSensitive: false },
  text: 'banana',
  firstLine: 0,
};
const MATCHES = Uint32Array.of(0, 1, 2);

function started() {
  const threads: { postMessage: ReturnType<typeof vi.fn>; terminate: ReturnType<typeof vi.fn> }[] = [];
  const matcher = threadMatcher(() => {
    const thread = { postMessage: vi.fn(), terminate: vi.fn(), onmessage: null, onerror: null };
    threads.push(thread);
    return thread as never; // what is used of one
  }, LIMIT_MS);
  const tell = (name: 'onmessage' | 'onerror', event: object): void =>
    (threads.at(-1) as unknown as Record<string, (event: object) => void>)[name]?.(event);
  return {
    matcher,
    threads,
    says: (data: unknown) => tell('onmessage', { data }),
    breaks: () => tell('onerror', {}),
  };
}

it('an expression has its time once the program that looks for it is there, however long that takes', async () => {
  const { matcher, threads, says } = started();
  const matching = matcher.match(REQUEST);
  await vi.advanceTimersByTimeAsync(10 * LIMIT_MS);
  expect(threads[0]?.postMessage).not.toHaveBeenCalled();
  says('ready');
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
  says(MATCHES);
  expect(await matching).toBe(MATCHES);
});

it('an expression that takes longer is given up, and the next one has another thread', async () => {
  const { matcher, threads, says } = started();
  const refused = expect(matcher.match(REQUEST)).rejects.toThrow(TookTooLong);
  says('ready');
  await vi.advanceTimersByTimeAsync(LIMIT_MS);
  await refused;
  expect(threads[0]?.terminate).toHaveBeenCalledOnce();
  void matcher.match(REQUEST);
  expect(threads).toHaveLength(2);
});

it('a program that does not come says so, and is asked for again', async () => {
  const { matcher, threads, says, breaks } = started();
  const refused = expect(matcher.match(REQUEST)).rejects.toThrow('could not be loaded');
  breaks();
  await refused;
  const matching = matcher.match(REQUEST);
  expect(threads).toHaveLength(2);
  says('ready');
  await vi.advanceTimersByTimeAsync(0);
  says(MATCHES);
  expect(await matching).toBe(MATCHES);
});
