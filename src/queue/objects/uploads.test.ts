import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../database/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { type ObjectStore, openStore } from '../../store/index.ts';
import type { ArtifactRecord } from '../queue.ts';
import { finishUpload, type ObjectPlaces, storeBytes } from './uploads.ts';

const REQUEST = { projectId: 'p', uploadId: newTaskId(), hashes: {} };

/** An upload that goes on, in memory. */
async function openPlaces() {
  const store: ObjectStore = await openStore({ type: 'memory' });
  const { projectId, uploadId } = REQUEST;
  const before: ArtifactRecord = {
    taskId: newTaskId(),
    runId: 0,
    name: 'a',
    storageType: 'object',
    contentType: 'text/plain',
    expires: 2,
    uploadUntil: 1,
    present: false,
    details: { key: 'o', projectId, uploadId },
  };
  const state: { record: ArtifactRecord | undefined; fault: Error | undefined } = {
    record: before,
    fault: undefined,
  };
  const on: ObjectPlaces = {
    store,
    queue: {
      upload: async () => state.record,
      async noteUpload(record, details) {
        if (state.fault !== undefined) throw state.fault;
        if (state.record !== record) return undefined;
        state.record = { ...record, details };
        return state.record;
      },
    },
  };
  const keys = async () => (await store.list()).objects.map(({ key }) => key);
  return { on, of: before, state, keys };
}

/** Says something when its bytes are asked for. */
async function* text(value: string, meanwhile = async () => {}): AsyncGenerator<Uint8Array> {
  await meanwhile();
  yield Buffer.from(value);
}

const of = (value: string, meanwhile?: () => Promise<void>) => ({
  content: text(value, meanwhile),
  mediaType: 'a/b',
  sizeBytes: value.length,
});

describe('bytes of an upload', () => {
  it('go when others take their place', async () => {
    const places = await openPlaces();
    await storeBytes(places.on, places.of, of('one'));
    const { key } = await storeBytes(places.on, places.of, of('second'));
    expect(await places.keys()).toEqual([key]);
    expect(places.state.record?.details).toMatchObject({ bytes: key, sizeBytes: '6', mediaType: 'a/b' });
  });

  it('that come after its end change nothing, and go', async () => {
    const places = await openPlaces();
    const { key } = await storeBytes(places.on, places.of, of('one'));
    const late = storeBytes(
      places.on,
      places.of,
      of('two', () => finishUpload(places.on, places.of, REQUEST)),
    );
    await expect(late).rejects.toMatchObject({ code: 'RequestConflict' });
    expect(await places.keys()).toEqual([key]);
    expect(places.state.record?.details['bytes']).toBe(key);
  });

  it('that come when it was given up go', async () => {
    const places = await openPlaces();
    const late = storeBytes(
      places.on,
      places.of,
      of('two', async () => {
        places.state.record = undefined;
      }),
    );
    await expect(late).rejects.toMatchObject({ code: 'ResourceNotFound' });
    expect(await places.keys()).toEqual([]);
  });

  it('stay where the database does not say whether it has noted them', async () => {
    const places = await openPlaces();
    places.state.fault = new DatabaseError('UNAVAILABLE', 'The database is away');
    await expect(storeBytes(places.on, places.of, of('one'))).rejects.toBe(places.state.fault);
    expect(await places.keys()).toHaveLength(1);
  });

  it('that the store has lost end no upload', async () => {
    const places = await openPlaces();
    const { key } = await storeBytes(places.on, places.of, of('one'));
    await places.on.store.remove(key);
    await expect(finishUpload(places.on, places.of, REQUEST)).rejects.toMatchObject({ code: 'InputError' });
    await storeBytes(places.on, places.of, of('one'));
    await finishUpload(places.on, places.of, REQUEST);
    expect(places.state.record?.details).toMatchObject({ uploaded: 'true' });
  });
});
