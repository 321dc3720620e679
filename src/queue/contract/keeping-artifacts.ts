import { describe, expect, it, vi } from 'vitest';
import { type ArtifactRequest, newTaskId } from '../../queue-api/index.ts';
import { DAY_MS, expectRefusal, MINUTE_MS, openRig, type QueueContractOptions } from './rig.ts';

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

export function describeArtifacts(contract: QueueContractOptions): void {
  describe('artifacts', () => {
    async function openRunning() {
      const rig = await openRig(contract);
      const taskId = await rig.running();
      const at = (milliseconds: number): string => new Date(rig.now() + milliseconds).toISOString();
      const create = (name: string, request: object, runId = 0): Promise<unknown> =>
        rig.queue.createArtifact(taskId, runId, name, {
          expires: at(DAY_MS),
          contentType: 'text/plain',
          ...request,
        } as ArtifactRequest);
      return { rig, taskId, at, create, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
    }

    it('of every kind are kept, listed by name and given', async () => {
      await using test = await openRunning();
      const { rig, taskId, at, create } = test;
      await create('public/b', { storageType: 's3', contentLength: 5 });
      await create('public/a', { storageType: 'reference', url: 'https://example.com/a' });
      await create('z', { storageType: 'link', artifact: 'public/a', contentType: undefined });
      await create('Z', { storageType: 'error', reason: 'file-missing-on-worker', message: 'none' });
      const page = await rig.queue.artifacts(taskId, 0, { limit: 3 });
      const rest = await rig.queue.artifacts(taskId, undefined, {
        continuationToken: page.continuationToken ?? '',
      });
      const expires = Date.parse(at(DAY_MS));
      const common = { taskId, runId: 0, expires, present: true };
      expect([...page.items, ...rest.items]).toEqual([
        {
          ...common,
          name: 'Z',
          storageType: 'error',
          contentType: 'application/binary',
          details: { reason: 'file-missing-on-worker', message: 'none' },
        },
        {
          ...common,
          name: 'public/a',
          storageType: 'reference',
          contentType: 'text/plain',
          details: { url: 'https://example.com/a' },
        },
        {
          ...common,
          name: 'public/b',
          storageType: 's3',
          contentType: 'text/plain',
          contentLength: 5,
          details: { key: expect.stringMatching(`^tasks/${taskId}/0/[\\w-]+$`) },
        },
        {
          ...common,
          name: 'z',
          storageType: 'link',
          contentType: 'application/binary',
          details: { artifact: 'public/a' },
        },
      ]);
      expect(await rig.queue.artifact(taskId, undefined, 'public/b')).toEqual(rest.items[0] && page.items[2]);
      expect(await rig.queue.artifact(taskId, 0, 'none')).toBeUndefined();
      expect(await rig.queue.artifact(newTaskId(), undefined, 'none')).toBeUndefined();
      await expectRefusal(rig.queue.artifacts(newTaskId(), undefined), 'ResourceNotFound');
      await expectRefusal(rig.queue.artifacts(taskId, 3), 'ResourceNotFound');
    });

    it('that are uploaded elsewhere are there once that is finished', async () => {
      await using test = await openRunning();
      const { rig, taskId, create } = test;
      const record = (await create('o', { storageType: 'object' })) as { details: Record<string, string> };
      expect(await rig.queue.artifact(taskId, 0, 'o')).toBeUndefined();
      expect((await rig.queue.artifacts(taskId, 0)).items).toEqual([]);
      const uploadId = record.details['uploadId'] ?? '';
      await expectRefusal(rig.queue.finishArtifact(taskId, 0, 'o', 'other'), 'InputError', /uploadId/);
      await expectRefusal(rig.queue.finishArtifact(taskId, 0, 'none', uploadId), 'ResourceNotFound');
      expect(await create('o', { storageType: 'object' })).toMatchObject({ details: { uploadId } });
      await expectRefusal(
        rig.queue.finishArtifact(taskId, 0, 'o', uploadId),
        'InputError',
        /not finished yet/,
      );
      const open = await rig.queue.upload(taskId, 0, 'o');
      if (open === undefined) throw new Error('the upload is not there');
      const done = { ...open.details, uploaded: 'true' };
      expect(await rig.queue.noteUpload(open, done)).toMatchObject({ present: false, details: done });
      expect(await rig.queue.noteUpload(open, {})).toBeUndefined();
      await rig.queue.finishArtifact(taskId, 0, 'o', uploadId);
      await rig.queue.finishArtifact(taskId, 0, 'o', uploadId);
      const found = await rig.queue.artifact(taskId, 0, 'o');
      expect(found).toEqual({ ...record, present: true, details: done, uploadUntil: undefined });
    });

    it('whose upload is not finished within a day are given up', async () => {
      const expired: string[] = [];
      let taskId = '';
      await using rig = await openRig(contract, {
        onArtifactsExpired: async (records) => {
          expired.push(...records.filter((record) => record.taskId === taskId).map(({ name }) => name));
        },
      });
      taskId = await rig.running();
      const create = (name: string, days: number) =>
        rig.queue.createArtifact(taskId, 0, name, {
          storageType: 'object',
          contentType: 'a/b',
          expires: new Date(rig.now() + days * DAY_MS).toISOString(),
        });
      const { uploadUntil, expires } = await create('left', 9);
      expect({ uploadUntil, expires }).toEqual({
        uploadUntil: rig.now() + DAY_MS,
        expires: rig.now() + 9 * DAY_MS,
      });
      expect(await create('short', 0.5)).toMatchObject({ uploadUntil: rig.now() + 0.5 * DAY_MS });
      const done = await create('done', 9);
      await rig.queue.noteUpload(done, { ...done.details, uploaded: 'true' });
      await rig.queue.finishArtifact(taskId, 0, 'done', done.details['uploadId'] ?? '');
      rig.pass(DAY_MS);
      expect(await rig.queue.upload(taskId, 0, 'left')).toBeUndefined();
      await vi.waitFor(() => expect(expired.toSorted(byName)).toEqual(['left', 'short']), {
        timeout: 20_000,
      });
      expect(await rig.queue.artifact(taskId, 0, 'done')).toMatchObject({ expires: done.expires });
    });

    it('are refused in the order of the contract', async () => {
      await using test = await openRunning();
      const { rig, taskId, at, create } = test;
      const s3 = { storageType: 's3' };
      await expectRefusal(create('a', { ...s3, expires: at(-1) }), 'InputError', /has passed/);
      const unknown = rig.queue.createArtifact(newTaskId(), 0, 'a', {
        storageType: 's3',
        contentType: 'a/b',
        expires: at(1000),
      });
      await expectRefusal(unknown, 'InputError', /no task/);
      await expectRefusal(create('a', s3, 1), 'InputError', /has no run 1/);
      await expectRefusal(create('a', { ...s3, expires: at(400 * DAY_MS) }), 'InputError', /its task before/);
      const unclaimed = rig.queue.createArtifact(await rig.create(), 0, 'a', {
        storageType: 's3',
        contentType: 'a/b',
        expires: at(1000),
      });
      await expectRefusal(unclaimed, 'InputError', /never claimed/);
      await rig.queue.reportCompleted(taskId, 0);
      await expectRefusal(create('a', s3), 'RequestConflict', /is completed/);
    });

    it('may come late after an exception, for 25 minutes', async () => {
      await using test = await openRunning();
      const { rig, taskId, create } = test;
      await rig.queue.reportException(taskId, 0, 'worker-shutdown');
      rig.pass(25 * MINUTE_MS - 1);
      await create('late', { storageType: 's3' });
      rig.pass(1);
      await expectRefusal(create('too late', { storageType: 's3' }), 'RequestConflict', /25 minutes/);
    });

    interface Fields {
      readonly storageType: string;
      /** How much later than the first one it expires. */
      readonly later?: number;
      readonly [name: string]: unknown;
    }
    const s3 = { storageType: 's3' };
    const reference = { storageType: 'reference', url: 'https://example.com/1' };
    const link = { storageType: 'link', artifact: 'other' };
    const error = { storageType: 'error', reason: 'too-large-file-on-worker', message: 'large' };
    const cases: readonly (readonly [string, Fields, Fields, boolean])[] = [
      ['the same again', s3, s3, true],
      ['a later expiry', s3, { ...s3, later: 1 }, true],
      ['an earlier expiry', s3, { ...s3, later: -1 }, false],
      ['another content type', s3, { ...s3, contentType: 'text/html' }, false],
      ['another length', { ...s3, contentLength: 1 }, { ...s3, contentLength: 2 }, false],
      ['another kind', s3, { storageType: 'object' }, false],
      ['another reference', reference, { ...reference, url: 'https://example.com/2' }, true],
      ['a reference of another type', reference, { ...reference, contentType: 'text/html' }, false],
      ['a link for a reference', reference, link, true],
      ['a reference for a link', link, reference, false],
      ['the same link', link, link, true],
      ['another link', link, { ...link, artifact: 'third' }, false],
      ['the same error', error, error, true],
      ['another error', error, { ...error, message: 'larger' }, false],
      ['bytes for a reference', reference, s3, false],
    ];
    it.each(cases)('once created: %s', async (_what, before, after, isAllowed) => {
      await using test = await openRunning();
      const { rig, taskId, at, create } = test;
      await create('a', before);
      const { later = 0, ...request } = after;
      const again = create('a', { expires: at(DAY_MS + later), ...request });
      if (!isAllowed) return await expectRefusal(again, 'RequestConflict', /has an artifact "a" already/);
      const kept = await again;
      expect(await rig.queue.artifact(taskId, 0, 'a').then((found) => found ?? kept)).toEqual(kept);
      expect(kept).toMatchObject({ expires: Date.parse(at(DAY_MS + later)), storageType: after.storageType });
    });

    it('that become links keep the content type that they had', async () => {
      await using test = await openRunning();
      const { create } = test;
      await create('log', { ...reference, contentType: 'text/plain; charset=utf-8' });
      expect(await create('log', { ...link, contentType: undefined })).toMatchObject({
        storageType: 'link',
        contentType: 'text/plain; charset=utf-8',
        details: { artifact: 'other' },
      });
    });
  });
}
