import { describe, expect, it } from 'vitest';
import { LogRefused, readLog, readPiece } from './read-log.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A body that comes in pieces; `cut` ends it as a connection that breaks. */
const body = (pieces: readonly string[], cut = false): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(bytes(next));
      else if (cut) controller.error(new TypeError('network error'));
      else controller.close();
    },
  });
};

/** Plays answers one after the other, and reads a log from them. */
async function read(...answers: readonly (Response | Error)[]) {
  const asked: string[] = [];
  const happened: string[] = [];
  let text = '';
  const left = [...answers];
  const done = readLog({
    url: 'http://server/log',
    signal: new AbortController().signal,
    pause: async (attempt) => void happened.push(`pause ${attempt}`),
    fetch: async (input) => {
      asked.push(String(input));
      const answer = left.shift();
      if (answer instanceof Response) return answer;
      throw answer ?? new Error('nobody asks so often');
    },
    listener: {
      begun: (facts) => void happened.push(`begun ${JSON.stringify(facts)}`),
      bytes: (piece) => {
        text += new TextDecoder().decode(piece);
      },
      cut: (message) => void happened.push(message),
    },
  });
  const error = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { asked, happened, text, error };
}

const part = (pieces: readonly string[], start: number, cut = false): Response =>
  new Response(body(pieces, cut), { headers: { 'x-slipway-log-start': `${start}` } });

describe('a log that is read to its end', () => {
  it('goes on where it was cut, without a byte lost or twice', async () => {
    const { asked, text, happened, error } = await read(
      part(['one\n', 'tw'], 0, true),
      part(['o\n', 'three\n'], 6),
    );
    expect(error).toBeUndefined();
    expect(asked).toEqual(['http://server/log', 'http://server/log?start=6']);
    expect(text).toBe('one\ntwo\nthree\n');
    expect(happened).toContain('The connection was lost.');
  });

  it('goes on in the stored log, which begins at its front', async () => {
    const stored = new Response(body(['one\ntwo\n', 'three\n']));
    const { text } = await read(part(['one\ntw'], 0, true), stored);
    expect(text).toBe('one\ntwo\nthree\n');
  });

  it('waits longer each time nothing comes, and begins anew with what comes', async () => {
    const away = new TypeError('fetch failed');
    const { happened } = await read(
      away,
      new Response('', { status: 502 }),
      part(['a'], 0, true),
      away,
      part(['b'], 1),
    );
    expect(happened.filter((each) => each.startsWith('pause'))).toEqual([
      'pause 0',
      'pause 1',
      'pause 0',
      'pause 1',
    ]);
  });

  it('goes on after a connection was given up on purpose', async () => {
    let text = '';
    let hidden = new AbortController();
    const answers = [
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(bytes('one\n'));
            hidden.signal.addEventListener('abort', () => controller.error(hidden.signal.reason));
          },
        }),
      ),
      part(['two\n'], 4),
    ];
    await readLog({
      url: 'http://server/log',
      signal: new AbortController().signal,
      connection: () => hidden.signal,
      async pause() {
        hidden = new AbortController();
      },
      fetch: async () => answers.shift() ?? new Response('', { status: 404 }),
      listener: {
        begun() {},
        bytes(piece) {
          text += new TextDecoder().decode(piece);
          hidden.abort();
        },
        cut() {},
      },
    });
    expect(text).toBe('one\ntwo\n');
  });

  it.each([
    [404, 'There is no log here.'],
    [403, 'You may not read this log.'],
    [410, 'The log has expired and was removed.'],
  ])('is not asked for again after %d', async (status, message) => {
    const { asked, error } = await read(new Response('', { status }));
    expect(asked).toHaveLength(1);
    expect(error).toEqual(new LogRefused(message));
  });

  it('is refused where its beginning went meanwhile', async () => {
    const { error, text } = await read(part(['one\n'], 0, true), part(['later'], 100));
    expect(error).toBeInstanceOf(LogRefused);
    expect(text).toBe('one\n');
  });

  it('says how long it is, but for what is encoded', async () => {
    const plain = new Response('abc', { headers: { 'content-length': '3' } });
    expect((await read(plain)).happened).toEqual(['begun {"totalBytes":3}']);
    const packed = new Response('abc', { headers: { 'content-length': '2', 'content-encoding': 'gzip' } });
    expect((await read(packed)).happened).toEqual(['begun {}']);
  });
});

describe('a piece of a log that was dropped', () => {
  const span = { start: 4, end: 7 };

  /** Plays answers to those who ask with a range, and to those without. */
  async function piece(answers: Readonly<Record<string, Response>>) {
    const asked: string[] = [];
    const bytesOf = await readPiece('http://server/log', span, {
      signal: new AbortController().signal,
      fetch: async (_input, init) => {
        const range = new Headers(init?.headers).get('range') ?? 'all';
        asked.push(range);
        return answers[range] ?? new Response('', { status: 404 });
      },
    });
    return { asked, text: new TextDecoder().decode(bytesOf) };
  }

  it('is asked for alone', async () => {
    const answer = new Response(body(['tw', 'o']), { status: 206 });
    expect(await piece({ 'bytes=4-6': answer })).toEqual({ asked: ['bytes=4-6'], text: 'two' });
  });

  it('is read out of the whole where there are no ranges', async () => {
    const answer = new Response(body(['on', 'e\ntw', 'o\nthree']));
    expect(await piece({ 'bytes=4-6': answer })).toEqual({ asked: ['bytes=4-6'], text: 'two' });
  });

  it('is read out of the whole where the log was packed meanwhile', async () => {
    const packed = new Response(body(['??']), { status: 206, headers: { 'content-encoding': 'gzip' } });
    const whole = new Response(body(['one\ntwo\n']), { headers: { 'content-encoding': 'gzip' } });
    const { asked, text } = await piece({ 'bytes=4-6': packed, all: whole });
    expect(asked).toEqual(['bytes=4-6', 'all']);
    expect(text).toBe('two');
  });

  it('is refused where the log became shorter, or is gone', async () => {
    await expect(piece({ 'bytes=4-6': new Response(body(['one'])) })).rejects.toThrow(LogRefused);
    await expect(piece({})).rejects.toThrow('There is no log here.');
  });
});
