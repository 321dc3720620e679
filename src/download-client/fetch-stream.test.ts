import { describe, expect, it } from 'vitest';
import { type FetchStreamOptions, fetchStream } from './fetch-stream.ts';
import { openHttpSource } from './http-source.ts';
import type { Fault, FaultServer } from './testing/fault-server.ts';
import { startFaultServer } from './testing/fault-server.ts';
import { patternOf } from './testing/fetch-rig.ts';

const BODY = patternOf(300_000);

async function fetchFrom(
  server: FaultServer,
  written: Buffer[],
  options: Partial<FetchStreamOptions> = {},
): ReturnType<typeof fetchStream> {
  const { signal } = new AbortController();
  return await fetchStream({
    open: () => openHttpSource({ url: server.url, connections: 1, stallTimeoutMs: 20_000, signal }),
    write: async (bytes) => {
      written.push(Buffer.from(bytes));
    },
    onProgress: () => {},
    onNotice: () => {},
    retryPausesMs: [1, 1],
    signal,
    ...options,
  });
}

/** A fault of the first request for bytes. */
const once =
  (fault: Fault) =>
  ({ range }: { readonly range: string }, index: number): Fault | undefined =>
    range !== 'bytes=0-0' && index === 0 ? fault : undefined;

describe('fetching in order', () => {
  it('goes on behind what was written, after a cut', async () => {
    await using server = await startFaultServer({ body: BODY, etag: '"one"' });
    server.fault = once({ cutAfter: 100_000 });
    const written: Buffer[] = [];
    expect(await fetchFrom(server, written)).toMatchObject({ sizeBytes: BODY.length, isVerified: true });
    expect(Buffer.concat(written).equals(BODY)).toBe(true);
    expect(server.asked.map(({ range }) => range)).toEqual(['bytes=0-299999', 'bytes=100000-299999']);
  });

  it('ends where the rest cannot be had alone', async () => {
    await using server = await startFaultServer({ body: BODY, ranges: false });
    server.fault = once({ cutAfter: 100_000 });
    const written: Buffer[] = [];
    await expect(fetchFrom(server, written)).rejects.toThrow(
      /broke off after 100000 bytes, and cannot send the rest/,
    );
    expect(Buffer.concat(written).equals(BODY.subarray(0, 100_000))).toBe(true);
  });

  it('begins again where nothing was written yet', async () => {
    await using server = await startFaultServer({ body: BODY, ranges: false });
    server.fault = once({ status: 503 });
    const written: Buffer[] = [];
    await fetchFrom(server, written);
    expect(Buffer.concat(written).equals(BODY)).toBe(true);
  });

  it('says at the end that the digest is wrong', async () => {
    const digest = { 'repr-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` };
    await using server = await startFaultServer({ body: BODY, etag: '"one"', headers: digest });
    await expect(fetchFrom(server, [])).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('does not go on with another content', async () => {
    await using server = await startFaultServer({ body: BODY, etag: '"one"' });
    server.fault = (asked, index) => {
      if (index === 1) server.served = { body: patternOf(300_000, 2), etag: '"two"' };
      return once({ cutAfter: 100_000 })(asked, index);
    };
    await expect(fetchFrom(server, [])).rejects.toMatchObject({ code: 'CHANGED' });
  });

  it('throws what writing threw', async () => {
    await using server = await startFaultServer({ body: BODY, etag: '"one"' });
    const full = new Error('nobody reads');
    const write = async (): Promise<void> => {
      throw full;
    };
    await expect(fetchFrom(server, [], { write })).rejects.toBe(full);
  });
});
