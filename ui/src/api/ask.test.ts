import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from './ask.ts';

const asked = vi.fn<typeof fetch>();
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', asked.mockReset());
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const cut = (): Promise<Response> => Promise.reject(new TypeError('network changed'));
const good = (): Promise<Response> => Promise.resolve(Response.json({ a: 1 }));
const over = <T>(work: Promise<T>): Promise<T> => vi.advanceTimersByTimeAsync(1000).then(() => work);

describe('a request that the network cuts', () => {
  it.each([
    [{}],
    [{ method: 'PUT', body: {} }],
    [{ method: 'DELETE' }],
    [{ method: 'POST', isRepeatable: true }],
  ] as const)('is sent once more where that comes to the same: %o', async (request) => {
    asked.mockImplementationOnce(cut).mockImplementationOnce(good);
    expect(await over(ask('/x', request))).toEqual({ a: 1 });
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('is sent once where it would be done twice', async () => {
    asked.mockImplementation(cut);
    const answer = expect(ask('/x', { method: 'POST' })).rejects.toMatchObject({ status: 0 });
    await over(answer);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('is given up after the second time, and by who wants it no more at once', async () => {
    asked.mockImplementation(cut);
    await over(
      expect(ask('/x')).rejects.toMatchObject({ status: 0, message: 'The server does not answer.' }),
    );
    expect(asked).toHaveBeenCalledTimes(2);
    await over(expect(ask('/x', { signal: AbortSignal.abort() })).rejects.toThrow('network changed'));
    expect(asked).toHaveBeenCalledTimes(3);
  });
});
