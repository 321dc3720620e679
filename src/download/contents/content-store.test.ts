import { describe, expect, it } from 'vitest';
import { owned } from '../../store/index.ts';
import { contentAsStore } from './content-store.ts';

function openContent() {
  const bytes = Buffer.from('0123456789');
  const closed = { times: 0 };
  const store = contentAsStore(
    {
      sizeBytes: bytes.length,
      etag: 'one',
      mediaType: 'text/plain',
      fileName: 'digits',
      async *read({ start, end }) {
        yield bytes.subarray(start, end);
      },
      async [Symbol.asyncDispose]() {
        closed.times += 1;
      },
    },
    'key',
  );
  return { store, closed };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of owned(chunks)) text += chunk.toString();
  return text;
}

describe('a content as a store', () => {
  it('has the one object, all of it or a part', async () => {
    const { store } = openContent();
    expect(await store.head('key')).toMatchObject({ key: 'key', sizeBytes: 10, version: 'one' });
    expect(await store.head('other')).toBeUndefined();
    expect(await store.open('other')).toBeUndefined();
    const read = async (range?: { start: number; end: number }) => {
      await using opened = await store.open('key', range === undefined ? {} : { range });
      return opened === undefined ? undefined : [await textOf(opened), opened.range];
    };
    expect(await read()).toEqual(['0123456789', { start: 0, end: 10 }]);
    expect(await read({ start: 2, end: 5 })).toEqual(['234', { start: 2, end: 5 }]);
    expect(await read({ start: 8, end: 99 })).toEqual(['89', { start: 8, end: 10 }]);
    expect(await read({ start: 20, end: 30 })).toEqual(['', { start: 10, end: 10 }]);
  });

  it('gives no other version than its own', async () => {
    const { store } = openContent();
    await expect(store.open('key', { ifVersion: 'two' })).rejects.toMatchObject({ code: 'CHANGED' });
    await using opened = await store.open('key', { ifVersion: 'one' });
    expect(opened?.object.version).toBe('one');
  });

  it('takes nothing', async () => {
    const { store } = openContent();
    await expect(store.put('key', owned(ReadableStream.from([])))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(store.remove('key')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stays open for who reads from it, and is closed once, by the last', async () => {
    const { store, closed } = openContent();
    const opened = await store.open('key');
    await store[Symbol.asyncDispose]();
    expect(closed.times).toBe(0);
    expect(await textOf(opened ?? ReadableStream.from([]))).toBe('0123456789');
    await opened?.[Symbol.asyncDispose]();
    await opened?.[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    expect(closed.times).toBe(1);
    await expect(store.open('key')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
