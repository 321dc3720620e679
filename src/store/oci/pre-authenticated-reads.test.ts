import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, expectBytes, lend, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { ByteRange } from '../store.ts';
import { type OciServer, startOciServer } from '../testing/oci-server.ts';
import type { ServedAccess } from '../testing/oci-server-state.ts';
import type { OciRead, OciReads } from './oci-reads.ts';
import { openOciStore } from './open-oci-store.ts';
import { preAuthenticatedReads } from './pre-authenticated-reads.ts';

const START = Date.UTC(2026, 10, 21, 12);
const LIMITS = { retryPausesMs: [0, 0, 0] };
const PATIENT = { timeout: 20_000 };
const NAME = /^download-[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;

let clock: { now: number };
let server: OciServer;
let reads: OciReads;
let troubles: unknown[];

beforeEach(async () => {
  clock = { now: START };
  troubles = [];
  server = await startOciServer({ now: () => clock.now, pageLimit: 3 });
  reads = preAuthenticatedReads(server.location, {
    now: () => clock.now,
    onTrouble: (error) => troubles.push(error),
    limits: LIMITS,
  });
});
afterEach(async () => {
  await reads[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function store(key: string, content: AsyncIterable<Uint8Array>, expiresAt?: number): Promise<void> {
  await using opened = openOciStore(server.location, { now: () => clock.now, limits: LIMITS });
  await opened.put(key, content, expiresAt === undefined ? {} : { expiresAt });
}

const { signal } = new AbortController();

async function opened(name: string): Promise<OciRead> {
  const read = await reads.open(name, { signal });
  if (read === undefined) throw new Error('the object is absent');
  return read;
}

async function bytesIn(read: OciRead, range?: ByteRange): Promise<Buffer> {
  const copies: Buffer[] = [];
  const all = { start: 0, end: read.object.sizeBytes };
  for await (const chunk of read.read(range ?? all, signal)) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

const isFetch = ({ target }: { target: string }): boolean => target.startsWith('/p/');
const fetches = (): OciServer['seen'] => server.seen.filter(isFetch);

function access(change: Partial<ServedAccess>): ServedAccess {
  const id = `id/${Math.random()}+=:x`;
  return {
    id,
    token: id,
    name: 'download-01234567-89AB-CDEF-0123-456789ABCDEF',
    objectName: 'x',
    accessType: 'ObjectRead',
    expiresAt: START - 1000,
    createdAt: START - 200_000,
    ...change,
  };
}

describe('reading through a pre-authenticated request', () => {
  it('makes one for this object, of two minutes and for reading, and sends no signature with it', async () => {
    await store('folder/an object+%.tar', text('content'));
    await using read = await opened('folder/an object+%.tar');
    expect(String(await bytesIn(read))).toBe('content');
    expect(server.accesses()).toEqual([
      expect.objectContaining({
        name: expect.stringMatching(NAME),
        accessType: 'ObjectRead',
        objectName: 'folder/an object+%.tar',
        expiresAt: START + 120_000,
      }),
    ]);
    expect(fetches()).toHaveLength(1);
    expect(fetches()[0]?.headers).not.toHaveProperty('authorization');
  });

  it('takes an address that holds the name as it is', async () => {
    await using raw = await startOciServer({ rawAddresses: true });
    await using writer = openOciStore(raw.location);
    await using reader = preAuthenticatedReads(raw.location, { now: Date.now, limits: LIMITS });
    for (const key of ['a b/c%41?d#é', 'plain/name.tar']) {
      await writer.put(key, text(key));
      await using read = await reader.open(key, { signal });
      if (read === undefined) throw new Error('the object is absent');
      expect(String(await bytesIn(read))).toBe(key);
    }
  });

  it('passes the range on, and asks for the version that was opened', async () => {
    const bytes = bytesOf(500_000);
    await store('object', lend(bytes));
    await using read = await opened('object');
    expectBytes(await bytesIn(read, { start: 1000, end: 2000 }), bytes.subarray(1000, 2000));
    expect(fetches()[0]?.headers).toMatchObject({
      range: 'bytes=1000-1999',
      'if-match': read.object.version,
    });
    expectBytes(await bytesIn(read), bytes);
    expect(fetches()[1]?.headers).not.toHaveProperty('range');
    expect(await bytesIn(read, { start: 7, end: 7 })).toHaveLength(0);
  });

  it('makes none where nobody reads, and one where several read at once', async () => {
    await store('object', lend(bytesOf(500_000)));
    await using read = await opened('object');
    expect(server.accesses()).toEqual([]);
    const ranges = [0, 1, 2, 3].map((i) => ({ start: i * 1000, end: i * 1000 + 1000 }));
    const found = await Promise.all(ranges.map((range) => bytesIn(read, range)));
    expectBytes(Buffer.concat(found), bytesOf(500_000).subarray(0, 4000));
    expect(server.accesses()).toHaveLength(1);
  });

  it('deletes it when the reading is over, without making anybody wait', async () => {
    await store('object', text('content'));
    server.faults.plan(({ method }) => method === 'DELETE', { type: 'silence' });
    const limits = { ...LIMITS, cleaningTimeoutMs: 500 };
    const onTrouble = (error: unknown): unknown => troubles.push(error);
    await using impatient = preAuthenticatedReads(server.location, {
      now: () => clock.now,
      onTrouble,
      limits,
    });
    const read = await impatient.open('object', { signal });
    for await (const _ of read?.read({ start: 0, end: 7 }, signal) ?? []);
    await read?.[Symbol.asyncDispose]();
    expect(troubles).toEqual([]); // it was not waited for
    await expect.poll(() => troubles, PATIENT).toContainEqual(expect.objectContaining({ code: 'TIMEOUT' }));
  });

  it('has deleted all that it made when it is disposed', async () => {
    await store('object', text('content'));
    for (let i = 0; i < 5; i += 1) {
      await using read = await opened('object');
      await bytesIn(read);
    }
    await reads[Symbol.asyncDispose]();
    expect(server.accesses()).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('goes on where it was cut, with the same one', async () => {
    const bytes = bytesOf(500_000);
    await store('object', lend(bytes));
    server.faults.plan(isFetch, { type: 'cut', afterBytes: 100_000 });
    await using read = await opened('object');
    expectBytes(await bytesIn(read, { start: 10, end: 400_000 }), bytes.subarray(10, 400_000));
    expect(server.accesses()).toHaveLength(1);
  });

  it('makes another one where it expires meanwhile', async () => {
    const bytes = bytesOf(900_000);
    await store('object', lend(bytes));
    server.faults.plan(isFetch, { type: 'cut', afterBytes: 100_000 });
    await using read = await opened('object');
    const copies: Buffer[] = [];
    for await (const chunk of read.read({ start: 0, end: bytes.length }, signal)) {
      copies.push(Buffer.from(chunk));
      clock.now = START + 130_000;
    }
    expectBytes(Buffer.concat(copies), bytes);
    const made = server.seen.filter(({ method, target }) => method === 'POST' && target.endsWith('/p/'));
    expect(made).toHaveLength(2);
  });

  it('makes another one where it was deleted by somebody else', async () => {
    await store('object', text('content'));
    await using read = await opened('object');
    await bytesIn(read);
    for (const { id } of server.accesses()) server.removeAccess(id);
    expect(String(await bytesIn(read))).toBe('content');
    expect(server.accesses()).toHaveLength(1);
  });

  it('refuses another version than the one that was opened', async () => {
    await store('object', text('first'));
    await using read = await opened('object');
    await store('object', text('other'));
    await expectFailure(bytesIn(read), 'CHANGED');
    await using second = await opened('object');
    server.clear();
    await expectFailure(bytesIn(second), 'CHANGED');
  });

  it('finds nothing where there is nothing, what has expired, or what is no key', async () => {
    await store('expired', text('content'), START + 1000);
    clock.now += 1000;
    for (const name of ['none', 'expired', '../x', '/x', '', 'a//b', 'nul\0', '.slipway/x']) {
      expect(await reads.open(name, { signal }), name).toBeUndefined();
    }
    expect(server.accesses()).toEqual([]);
  });

  it('stops with its signal', async () => {
    await store('object', lend(bytesOf(500_000)));
    await using read = await opened('object');
    const controller = new AbortController();
    const reason = new Error('left');
    server.faults.plan(isFetch, { type: 'stall', afterBytes: 10 });
    const reading = async (): Promise<void> => {
      for await (const _ of read.read({ start: 0, end: 500_000 }, controller.signal))
        controller.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
  });
});

describe('requests that have expired', () => {
  it('are deleted where they are named as those of a download service, on all pages', async () => {
    await store('object', text('content'));
    const stay = [
      access({ name: 'download-report', id: 'by another program' }),
      access({ name: 'somebody else', id: 'of somebody else' }),
      access({ accessType: 'AnyObjectWrite', id: 'for writing' }),
      access({ expiresAt: START + 1, id: 'still in use' }),
    ];
    for (const one of stay) server.addAccess(one);
    for (let i = 0; i < 7; i += 1) server.addAccess(access({}));
    await using read = await opened('object');
    await bytesIn(read);
    await expect.poll(() => server.accesses().length, PATIENT).toBe(stay.length + 1);
    const left = server.accesses().map(({ id }) => id);
    for (const { id } of stay) expect(left).toContain(id);
    expect(troubles).toEqual([]);
  });

  it('are judged by the clock of the store', async () => {
    await store('object', text('content'));
    server.addAccess(access({ expiresAt: START + 30_000, id: 'of another service' }));
    await using ahead = preAuthenticatedReads(server.location, {
      now: () => START + 120_000,
      limits: LIMITS,
    });
    await using read = await ahead.open('object', { signal });
    for await (const _ of read?.read({ start: 0, end: 7 }, signal) ?? []);
    await ahead[Symbol.asyncDispose]();
    expect(server.accesses().map(({ id }) => id)).toContain('of another service');
  });

  it('do not disturb a read where they cannot be deleted, and are told of', async () => {
    await store('object', text('content'));
    server.addAccess(access({}));
    server.faults.plan(({ method }) => method === 'DELETE', {
      type: 'status',
      status: 403,
      code: 'NotAllowed',
    });
    await using read = await opened('object');
    expect(String(await bytesIn(read))).toBe('content');
    await expect.poll(() => troubles, PATIENT).toEqual([expect.objectContaining({ code: 'FORBIDDEN' })]);
  });
});

describe('a store in trouble behind such a read', () => {
  it.each([
    ['FORBIDDEN', { type: 'status', status: 404, code: 'NotAuthorizedOrNotFound' }],
    ['PROTOCOL', { type: 'body', body: '{"id":"x","accessUri":"https://elsewhere.example/p/x"}' }],
    ['PROTOCOL', { type: 'body', body: '{"id":"x","accessUri":"/p/x y"}' }],
    ['PROTOCOL', { type: 'body', body: '{}' }],
  ] as const)('is %s where none can be made: %o', async (code, fault) => {
    await store('object', text('content'));
    server.faults.plan(({ method, target }) => method === 'POST' && target.endsWith('/p/'), fault);
    await using read = await opened('object');
    await expectFailure(bytesIn(read), code);
  });

  it('never shows the address of a request, nor a signature', async () => {
    await store('object', text('content'));
    const fault = { type: 'status', status: 500, code: 'InternalServerError' } as const;
    server.faults.plan(isFetch, fault, fault, fault, fault);
    await using read = await opened('object');
    const error = await expectFailure(bytesIn(read), 'UNAVAILABLE');
    const token = server.accesses()[0]?.token ?? '';
    expect(token).toMatch(/.{20}/);
    for (let shown: unknown = error; shown instanceof Error; shown = shown.cause) {
      expect(`${shown.message} ${JSON.stringify(shown)}`).not.toMatch(/\/p\/|Signature|keyId|ocid1/);
      expect(shown.message).not.toContain(token);
    }
  });
});
