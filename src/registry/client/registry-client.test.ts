import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCKER_MANIFEST, digestOf, once, pushBlob, pushImage } from '../../../test/support/push-image.ts';
import { openRegistry, type Registry, type RegistryOptions, USER } from '../../../test/support/registry.ts';
import { openRegistryClient } from './open-registry-client.ts';
import type { Descriptor, RegistryClient } from './registry-client.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

async function all(names: AsyncIterable<string>): Promise<string[]> {
  return await Array.fromAsync(names);
}

const KINDS: readonly (RegistryOptions & { readonly title: string })[] = [
  { title: 'that asks nobody', deletion: true },
  { title: 'that wants a password', users: 'basic', deletion: true },
  { title: 'that wants a token', users: 'token', deletion: true },
];

describe.each(KINDS)('a client of a real registry $title', ({ title: _, ...kind }) => {
  let registry: Registry;
  let client: RegistryClient;

  beforeAll(async () => {
    registry = await openRegistry(kind);
    const credentials = kind.users === undefined ? undefined : USER;
    client = openRegistryClient({ host: registry.host, credentials });
  });

  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  it('finds it well', async () => {
    await client.ping();
  });

  it('knows what is not there from what is', async () => {
    expect(await client.tags('no/such')).toBeUndefined();
    expect(await client.manifest('no/such', 'latest')).toBeUndefined();
    expect(await client.findDigest('no/such', 'latest')).toBeUndefined();
    expect(await client.hasBlob('no/such', `sha256:${'0'.repeat(64)}`)).toBe(false);
    expect(await client.referrers('no/such', `sha256:${'0'.repeat(64)}`)).toEqual([]);
    expect(await client.deleteManifest('no/such', `sha256:${'0'.repeat(64)}`)).toBe(false);
  });

  it('stores an image, finds it by tag and digest, and gives back its bytes', async () => {
    const image = await pushImage(client, 'alice', 'one', 'first');
    expect(await client.findDigest('alice', 'one')).toBe(image.digest);
    const found = await client.manifest('alice', image.digest);
    expect(found).toMatchObject({ digest: image.digest, mediaType: DOCKER_MANIFEST });
    expect(await registry.image('alice', 'one')).toMatchObject({ digest: image.digest });
    const { layers } = JSON.parse(found?.bytes.toString() ?? '') as { layers: Descriptor[] };
    const [layer] = layers;
    if (layer === undefined) throw new Error('the image has no layer');
    const bytes = await Array.fromAsync(client.readBlob('alice', layer));
    expect(Buffer.concat(bytes).toString()).toBe('layer first');
    expect(await all(client.catalog())).toContain('alice');
    expect(await client.tags('alice')).toContain('one');
  });

  it('uploads a large blob in parts, and mounts it into another repository', async () => {
    const bytes = randomBytes(17 * 1024 * 1024 + 5);
    const blob = await pushBlob(client, 'alice/large', bytes);
    const back = await Array.fromAsync(client.readBlob('alice/large', blob));
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
    let opened = 0;
    const open = () => {
      opened += 1;
      return once(bytes);
    };
    await client.putBlob('bob/large', { ...blob, open, mountFrom: 'alice/large' });
    expect(opened).toBe(0);
    expect(await client.hasBlob('bob/large', blob.digest)).toBe(true);
  });

  it('refuses to store bytes that are others than promised', async () => {
    const digest = digestOf(Buffer.from('promised'));
    for (const bytes of ['lessthat', 'less', 'more than that'].map((text) => Buffer.from(text)))
      await expect(
        client.putBlob('alice', { digest, size: 8, open: () => once(bytes) }),
      ).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await client.hasBlob('alice', digest)).toBe(false);
  });

  it('deletes an image with all of its tags, and finds the repository empty then', async () => {
    const image = await pushImage(client, 'carol', 'a', 'gone');
    await pushImage(client, 'carol', 'b', 'gone');
    expect(await client.deleteManifest('carol', image.digest)).toBe(true);
    expect(await client.tags('carol')).toEqual([]);
    expect(await client.deleteManifest('carol', image.digest)).toBe(false);
  });

  it('attaches artifacts to an image, each content once, also when several do so at a time', async () => {
    const subject = await pushImage(client, 'dora', 'latest', 'subject');
    const artifact = (text: string, artifactType = 'application/x-note') => ({
      subject,
      artifactType,
      mediaType: 'text/plain',
      bytes: Buffer.from(text),
    });
    const texts = ['one', 'two', 'three', 'four'];
    const digests = await Promise.all(texts.map((text) => client.attach('dora', artifact(text))));
    expect(new Set(digests).size).toBe(4);
    await client.attach('dora', artifact('{}', 'application/x-other'));
    expect(await client.attach('dora', { ...artifact('two'), annotations: { when: 'now' } })).toBe(
      digests[1],
    );
    const found = await client.referrers('dora', subject.digest, { artifactType: 'application/x-note' });
    expect(found.map(({ digest }) => digest).sort()).toEqual(digests.toSorted());
    expect(await client.referrers('dora', subject.digest)).toHaveLength(5);
    expect(await client.manifest('dora', subject.digest.replace(':', '-'))).toMatchObject({
      mediaType: INDEX,
    });
  });

  it('keeps what another program attached meanwhile', async () => {
    const subject = await pushImage(client, 'erin', 'latest', 'subject');
    const credentials = kind.users === undefined ? undefined : USER;
    await using other = openRegistryClient({ host: registry.host, credentials });
    const artifact = (text: string) => ({
      subject,
      artifactType: 'application/x-note',
      mediaType: 'text/plain',
      bytes: Buffer.from(text),
    });
    await client.attach('erin', artifact('one'));
    await other.attach('erin', artifact('two'));
    await client.attach('erin', artifact('three'));
    expect(await other.referrers('erin', subject.digest)).toHaveLength(3);
  });
});

describe('a client with a wrong password', () => {
  it.each(['basic', 'token'] as const)('is told so: %s', async (users) => {
    await using registry = await openRegistry({ users });
    const credentials = { ...USER, password: 'guessed-wrong' };
    await using client = openRegistryClient({ host: registry.host, credentials });
    const failing = client.tags('alice');
    await expect(failing).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(failing).rejects.not.toThrow(/guessed-wrong/);
    await using nobody = openRegistryClient({ host: registry.host });
    await expect(nobody.ping()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('is told what its user may not do', async () => {
    await using registry = await openRegistry({ users: 'token' });
    await using client = openRegistryClient({ host: registry.host, credentials: USER });
    await expect(pushBlob(client, 'readonly/app', Buffer.from('x'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });
});

describe('a client of a real registry', () => {
  it('reads lists of more than one page', async () => {
    await using registry = await openRegistry({ catalogNames: 3 });
    await using client = openRegistryClient({ host: registry.host });
    const names = Array.from({ length: 7 }, (_, index) => `team/app-${index}`);
    for (const name of names) await pushImage(client, name, 'latest', name);
    const page = await fetch(`http://${registry.host}/v2/_catalog`);
    expect(page.headers.get('link')).toContain('rel="next"');
    expect(await all(client.catalog())).toEqual(names);
  });

  it('says that deletion is disabled where it is', async () => {
    await using registry = await openRegistry();
    await using client = openRegistryClient({ host: registry.host });
    const { digest } = await pushImage(client, 'alice', 'one', 'stays');
    await expect(client.deleteManifest('alice', digest)).rejects.toMatchObject({ code: 'DELETE_DISABLED' });
    expect(await client.tags('alice')).toEqual(['one']);
  });

  it('says that its disk is full, and does not try again and again', async () => {
    await using registry = await openRegistry({ storageBytes: 1024 * 1024 });
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    await using client = openRegistryClient({ host: registry.host, onNotice });
    await expect(pushBlob(client, 'alice', randomBytes(3 * 1024 * 1024))).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
    expect(notices).toEqual([]);
  });
});
