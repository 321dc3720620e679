import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../repository/open-repository.ts';
import { createArtifactHost } from '../testing/artifact-host.ts';
import { makeArtifact } from '../testing/ostree-artifact.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { type ReceiveOptions, receivePush } from './receive-push.ts';

const artifact = makeArtifact({ 'files/a': 'a\n' });

const INFO = encodeMessage({ type: 'info', mode: 1, refs: new Map() });
const UPDATE = encodeMessage({
  type: 'update',
  updates: [{ ref: 'p/e/k', from: '0'.repeat(64), to: artifact.commit }],
});
const DONE = encodeMessage({ type: 'done' });
const PUT = encodeMessage({ type: 'putobjects' });

const LOG = { error: () => {}, info: () => {}, debug: () => {} };

/** A client that sends this, and then says nothing and does not go. */
async function receive(bytes: readonly Buffer[], options: Partial<ReceiveOptions> = {}) {
  using host = await createArtifactHost();
  await using repository = await openRepository(host.repository);
  const input = new PassThrough();
  for (const each of bytes) input.write(each);
  try {
    return await receivePush({
      repository,
      rights: { readOnly: false, writePrefixes: [] },
      input,
      send: async () => {},
      log: LOG,
      idleMs: 60_000,
      ...options,
    });
  } finally {
    expect(host.check()).toEqual([]);
  }
}

describe('a client that does not hang up', () => {
  it('is left after it said that it is done', async () => {
    expect(await receive([INFO, DONE])).toEqual({ type: 'nothing' });
  });

  it('is left when it changed its mind after the update, a moment later', async () => {
    expect(await receive([INFO, UPDATE, DONE], { secondThoughtsMs: 20 })).toEqual({ type: 'nothing' });
  });

  it.each([
    ['before its first message', []],
    ['inside of a message', [INFO.subarray(0, 10)]],
    ['after its first message', [INFO]],
    ['after its update', [INFO, UPDATE]],
    ['inside of its tar', [INFO, UPDATE, PUT, Buffer.alloc(512)]],
  ])('is given up when it is silent %s', async (_, bytes) => {
    await expect(receive(bytes, { idleMs: 30 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('nothing for'),
    });
  });

  it('is left when somebody stops the receiver', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const received = receive([INFO, UPDATE, PUT], {
      signal: stop.signal,
      send: async () => void setImmediate(() => stop.abort(reason)),
    });
    await expect(received).rejects.toBe(reason);
  });
});

describe('a client that is gone before it hears the answer', () => {
  it('costs nothing', async () => {
    const gone = new Error('EPIPE');
    await expect(receive([INFO], { send: () => Promise.reject(gone) })).rejects.toBe(gone);
  });
});
