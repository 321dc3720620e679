import { describe, expect, it } from 'vitest';
import { type ObjectName, parseObjectFileName } from '../ostree/index.ts';
import { type ArtifactHost, createArtifactHost, type HostedReceiver } from '../testing/artifact-host.ts';
import { originalPush } from '../testing/original-client.ts';
import { encodeMembers, encodeOriginalTar, type OriginalMember } from '../testing/original-tar.ts';
import { makeArtifact, type OstreeArtifact, pushOf } from '../testing/ostree-artifact.ts';
import { type ByteSource, createByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { encodeEntries } from '../wire/entries.ts';
import type { Message } from '../wire/message.ts';
import { expectMessage, readMessage } from '../wire/message-reader.ts';

const TREE = {
  'files/a': 'first\n',
  'files/b': Buffer.alloc(5000, 'b'),
  'files/c': Buffer.alloc(400_000, 'c'),
};
const artifact = makeArtifact(TREE);
const changed = makeArtifact({ ...TREE, 'files/a': 'second\n' });

const named = ({ name }: OriginalMember): ObjectName => {
  const found = parseObjectFileName(name);
  if (found === undefined) throw new Error(name);
  return found;
};

/** Speaks Slipway's protocol word by word. */
class Speaker {
  readonly #receiver: HostedReceiver;
  readonly #source: ByteSource;

  constructor(receiver: HostedReceiver) {
    this.#receiver = receiver;
    this.#source = createByteSource(receiver.input);
  }

  async say(...messages: readonly Message[]): Promise<void> {
    for (const message of messages) await this.#receiver.write(encodeMessage(message));
  }

  async hear<T extends Message['type']>(type: T): Promise<Extract<Message, { readonly type: T }>> {
    return await expectMessage(this.#source, type);
  }

  /** Up to where it is about to offer objects. */
  async update(commit: string, ref = 'p/e/k'): Promise<void> {
    await this.say({ type: 'info', mode: 1, refs: new Map(), slipway: 1 });
    expect(await this.hear('info')).toMatchObject({ slipway: 1 });
    await this.say({ type: 'update', updates: [{ ref, from: '0'.repeat(64), to: commit }] });
    expect(await this.hear('status')).toMatchObject({ result: true });
  }

  /** Offers objects and gives those that are wanted. */
  async offer(objects: readonly OriginalMember[], atOnce = 1985): Promise<OriginalMember[]> {
    for (let at = 0; at < objects.length; at += atOnce) {
      await this.say({ type: 'offer', entries: encodeEntries(objects.slice(at, at + atOnce).map(named)) });
    }
    await this.say({ type: 'offer', entries: Buffer.alloc(0) });
    const bits: number[] = [];
    for (let want = await this.hear('want'); want.bits.length > 0; want = await this.hear('want'))
      bits.push(...want.bits);
    expect(bits).toHaveLength(Math.ceil(objects.length / 8));
    return objects.filter((_, index) => ((bits[index >> 3] ?? 0) >> (index & 7)) % 2 === 1);
  }

  async put(bytes: Buffer): Promise<void> {
    await this.say({ type: 'putobjects' });
    await this.#receiver.write(bytes);
  }

  /** Hangs up; gives what else was said, and how the receiver ended. */
  async leave(): Promise<{
    readonly last: Message | undefined;
    readonly exitCode: number | null;
    readonly said: string;
  }> {
    this.#receiver.end();
    const last = await readMessage(this.#source);
    return { last, exitCode: await this.#receiver.exit, said: await this.#receiver.said };
  }
}

async function pushAll(
  host: ArtifactHost,
  { commit, objects }: OstreeArtifact,
  ref?: string,
): Promise<string[]> {
  const speaker = new Speaker(host.receive());
  await speaker.update(commit, ref);
  const wanted = await speaker.offer(objects);
  await speaker.put(encodeOriginalTar(wanted));
  await speaker.say({ type: 'done' });
  expect(await speaker.leave()).toEqual({ last: { type: 'done' }, exitCode: 0, said: '' });
  return wanted.map(({ name }) => name);
}

describe('a Slipway that pushes', () => {
  it('sends everything to an empty repository, what is new afterwards, and nothing at all again', async () => {
    using host = await createArtifactHost();
    const names = ({ objects }: OstreeArtifact): string[] => objects.map(({ name }) => name);
    expect(await pushAll(host, artifact)).toEqual(names(artifact));
    const isNew = names(changed).filter((name) => !names(artifact).includes(name));
    expect(isNew).toHaveLength(4); // the file, its directory, the one above, and the commit
    expect(await pushAll(host, changed)).toEqual(isNew);
    expect(await pushAll(host, changed, 'p/e/other')).toEqual([]);
    expect(host.check()).toEqual(['p/e/k', 'p/e/other']);
    expect(host.commitOf('p/e/k')).toBe(changed.commit);
  });

  it('may offer in as many messages as it likes', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(artifact, 'p/e/k'), { version: '1.0' });
    const unknown = Array.from({ length: 9001 }, (_, at) => ({
      name: `${at.toString(16).padStart(64, '0')}.filez`,
      bytes: Buffer.alloc(0),
    }));
    const offered = [...unknown.slice(0, 4001), ...artifact.objects, ...unknown.slice(4001)];
    const speaker = new Speaker(host.receive());
    await speaker.update(artifact.commit);
    expect(await speaker.offer(offered, 777)).toEqual(unknown);
    await speaker.say({ type: 'done' });
    expect(await speaker.leave()).toMatchObject({ last: undefined, exitCode: 0 });
  });

  it('goes on after a cut where it was', async () => {
    using host = await createArtifactHost();
    const speaker = new Speaker(host.receive());
    await speaker.update(artifact.commit);
    expect(await speaker.offer(artifact.objects)).toHaveLength(artifact.objects.length);
    const [lost, ...sent] = artifact.objects;
    await speaker.put(encodeMembers(sent));
    expect(await speaker.leave()).toMatchObject({ exitCode: 1 });
    expect(host.check()).toEqual([]);

    expect(await pushAll(host, artifact)).toEqual([lost?.name]);
    expect(host.check()).toEqual(['p/e/k']);
  });

  it('is told in the middle why it is refused', async () => {
    using host = await createArtifactHost();
    const speaker = new Speaker(host.receive());
    await speaker.update(artifact.commit);
    await speaker.offer(artifact.objects);
    const bad = artifact.objects.map(({ name, bytes }) => ({
      name,
      bytes: name.endsWith('.filez') ? bytes.subarray(1) : bytes,
    }));
    await speaker.put(encodeMembers(bad));
    expect(await speaker.hear('status')).toMatchObject({
      result: false,
      message: expect.stringMatching(/\.filez is not taken/),
    });
    expect(await speaker.leave()).toEqual({ last: undefined, exitCode: 1, said: '' });
    expect(host.check()).toEqual([]);
  });

  it.each([
    ['makes no sense', Buffer.alloc(34), /make no sense/],
    ['names a kind that there is not', Buffer.alloc(33, 9), /make no sense/],
  ])('is refused when its offer %s', async (_, entries, why) => {
    using host = await createArtifactHost();
    const speaker = new Speaker(host.receive());
    await speaker.update(artifact.commit);
    await speaker.say({ type: 'offer', entries });
    expect(await speaker.hear('status')).toMatchObject({
      result: false,
      message: expect.stringMatching(why),
    });
    expect(await speaker.leave()).toMatchObject({ exitCode: 1 });
  });

  it('is refused when what it counts on is not there', async () => {
    using host = await createArtifactHost();
    const speaker = new Speaker(host.receive());
    await speaker.update(artifact.commit);
    await speaker.offer(artifact.objects);
    await speaker.put(encodeOriginalTar(artifact.objects.slice(1)));
    await speaker.say({ type: 'done' });
    expect(await speaker.hear('status')).toMatchObject({ result: false });
    expect(await speaker.leave()).toMatchObject({ exitCode: 1 });
    expect(host.check()).toEqual([]);
  });

  it('is not spoken with in its own way where it does not say who it is', async () => {
    using host = await createArtifactHost();
    const receiver = host.receive();
    const speaker = new Speaker(receiver);
    await speaker.say({ type: 'info', mode: 1, refs: new Map() });
    expect(await speaker.hear('info')).not.toHaveProperty('slipway');
    await speaker.say({ type: 'done' });
    expect(await receiver.exit).toBe(0);
  });
});
