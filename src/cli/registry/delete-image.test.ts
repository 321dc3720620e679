import { expect, it } from 'vitest';
import { createFakeRegistry } from '../../builder/testing/fake-registry.ts';
import { deleteImage } from './delete-image.ts';

it('takes with it what cosign and others keep beside an image, and nothing of another one', async () => {
  const registry = createFakeRegistry();
  const client = registry.client();
  const put = async (tag: string) =>
    await client.putManifest('alice', { mediaType: 'x', bytes: Buffer.from(tag), tag });
  const [one, other] = [await put('one'), await put('other')];
  for (const ending of ['att', 'sig'])
    for (const digest of [one, other]) await put(`${digest.replace(':', '-')}.${ending}`);
  const image = { repository: 'alice', reference: 'one', shown: 'alice:one' };
  expect(await deleteImage(client, image, new AbortController().signal)).toEqual({
    digest: one,
    tags: ['one'],
    attached: 0,
  });
  const left = other.replace(':', '-');
  expect([...registry.tags.keys()]).toEqual(['alice:other', `alice:${left}.att`, `alice:${left}.sig`]);
});

it('takes it with it too where only the answer to a first attempt was lost', async () => {
  const registry = createFakeRegistry();
  const whole = registry.client();
  const digest = await whole.putManifest('alice', {
    mediaType: 'x',
    bytes: Buffer.from('one'),
    tag: 'one',
  });
  await whole.putManifest('alice', {
    mediaType: 'x',
    bytes: Buffer.from('signature'),
    tag: `${digest.replace(':', '-')}.sig`,
  });
  const client = {
    ...whole,
    async deleteManifest(repository: string, other: string) {
      await whole.deleteManifest(repository, other);
      return await whole.deleteManifest(repository, other); // sent again
    },
  };
  const image = { repository: 'alice', reference: 'one', shown: 'alice:one' };
  const deleted = await deleteImage(client, image, new AbortController().signal);
  expect(deleted).toEqual({ digest, tags: ['one'], attached: 0 });
  expect([...registry.tags.keys()]).toEqual([]);
});
