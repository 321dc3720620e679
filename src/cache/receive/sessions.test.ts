import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArtifactHost, createArtifactHost } from '../testing/artifact-host.ts';
import { originalPush } from '../testing/original-client.ts';
import { encodeMembers, encodeOriginalTar, ended, type OriginalMember } from '../testing/original-tar.ts';
import { makeArtifact, pushOf } from '../testing/ostree-artifact.ts';
import { createByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { encodeFrame } from '../wire/frame.ts';
import type { Message } from '../wire/message.ts';
import { readMessage } from '../wire/message-reader.ts';

const artifact = makeArtifact({
  'files/a': 'hello\n',
  'files/b': Buffer.alloc(5000, 'b'),
  'files/c': '-> a',
});
const other = makeArtifact({ 'files/a': 'other\n', 'files/b': Buffer.alloc(5000, 'b'), 'files/c': '-> a' });

const NO_COMMIT = '0'.repeat(64);
const INFO = encodeMessage({ type: 'info', mode: 1, refs: new Map() });
const PUT = encodeMessage({ type: 'putobjects' });
const DONE = encodeMessage({ type: 'done' });

const update = (...refs: readonly string[]): Buffer =>
  encodeMessage({
    type: 'update',
    updates: refs.map((ref) => ({ ref, from: NO_COMMIT, to: artifact.commit })),
  });

const objects = (members: readonly OriginalMember[] = artifact.objects): Buffer =>
  Buffer.concat([PUT, encodeOriginalTar(members)]);

/** What came of bytes that were sent at once, with an end behind them. */
interface Heard {
  readonly exitCode: number | null;
  /** Types of messages, with what a refusal said. */
  readonly answers: readonly string[];
  readonly said: string;
}

async function hear(host: ArtifactHost, bytes: Buffer, ...flags: readonly string[]): Promise<Heard> {
  const receiver = host.receive(...flags);
  const answered = buffer(receiver.input);
  await receiver.write(bytes);
  receiver.end();
  const [exitCode, said] = await Promise.all([receiver.exit, receiver.said]);
  return { exitCode, said, answers: (await messagesOf(await answered)).map(shown) };
}

async function messagesOf(bytes: Buffer): Promise<Message[]> {
  const source = createByteSource(
    (async function* () {
      yield bytes;
    })(),
  );
  const messages: Message[] = [];
  for (let next = await readMessage(source); next; next = await readMessage(source)) messages.push(next);
  return messages;
}

const shown = (message: Message): string =>
  message.type === 'status' && !message.result ? `refused: ${message.message}` : message.type;

describe('a session of which nothing comes', () => {
  it.each([
    ['is empty', Buffer.alloc(0), []],
    ['ends inside of a header', INFO.subarray(0, 3), []],
    ['ends inside of a body', INFO.subarray(0, 20), []],
    ['begins with an update', update('p/e/k'), []],
    ['begins with done', DONE, []],
    ['has another version', Buffer.from('6c02000000', 'hex'), []],
    ['has a type that there is not', Buffer.from('6c01050000', 'hex'), []],
    ['has another byte order', Buffer.from('7801000000', 'hex'), []],
    ['has an info without refs', encodeFrame(0, Buffer.alloc(0)), []],
    ['has another mode', encodeMessage({ type: 'info', mode: 2, refs: new Map() }), []],
    ['ends after the info', INFO, ['info']],
    ['puts objects without an update', Buffer.concat([INFO, objects()]), ['info']],
    ['updates twice', Buffer.concat([INFO, update('a'), update('b')]), ['info', 'status']],
    ['ends after the update', Buffer.concat([INFO, update('a')]), ['info', 'status']],
    [
      'offers objects unasked',
      Buffer.concat([INFO, update('a'), encodeFrame(16, Buffer.alloc(0))]),
      ['info', 'status'],
    ],
    ['puts no tar', Buffer.concat([INFO, update('a'), PUT]), ['info', 'status']],
    ['ends without a last done', Buffer.concat([INFO, update('a'), objects()]), ['info', 'status']],
    [
      'says something else behind the tar',
      Buffer.concat([INFO, update('a'), objects(), PUT]),
      ['info', 'status'],
    ],
    [
      'pads its tar to blocks and not to records',
      Buffer.concat([INFO, update('a'), PUT, encodeMembers(artifact.objects), Buffer.alloc(1024), DONE]),
      ['info', 'status'],
    ],
    [
      'lacks its commit',
      Buffer.concat([
        INFO,
        update('a'),
        objects(artifact.objects.filter(({ name }) => !name.endsWith('.commit'))),
        DONE,
      ]),
      ['info', 'status'],
    ],
  ])('%s', async (_, bytes, answers) => {
    using host = await createArtifactHost();
    const heard = await hear(host, bytes);
    expect(heard).toMatchObject({ exitCode: 1, answers });
    expect(heard.said).toMatch(/^bst-artifact-receive: .+\n$/);
    expect(host.check()).toEqual([]);
  });

  it('lacks any one of its objects', async () => {
    using host = await createArtifactHost();
    for (const { name } of artifact.objects) {
      const rest = artifact.objects.filter((object) => object.name !== name);
      const heard = await hear(host, Buffer.concat([INFO, update('a'), objects(rest), DONE]));
      expect(heard).toMatchObject({ exitCode: 1, answers: ['info', 'status'] });
      expect(heard.said).toContain(name);
      expect(host.check()).toEqual([]);
    }
  });

  it('is cut anywhere', async () => {
    using host = await createArtifactHost();
    const bytes = Buffer.concat([INFO, update('p/e/k'), objects(), DONE]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        expect(await hear(host, bytes.subarray(0, length))).toMatchObject({ exitCode: 1 });
        expect(host.check()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    '../../evil',
    'a b/c',
    '/abs',
    'a//b',
    '',
    '.',
    'a/../b',
    'a/',
    '-x',
    'a/.b',
    'a\nb',
    `a/${'x'.repeat(300)}`,
  ])('moves a ref that has no name of one: %j', async (ref) => {
    using host = await createArtifactHost();
    const heard = await hear(host, Buffer.concat([INFO, update('good', ref), DONE]));
    expect(heard.exitCode).toBe(1);
    expect(heard.answers).toEqual(['info', expect.stringMatching(/^refused: .* is no name of a ref/)]);
    // One that does not listen, and sends its objects all the same.
    expect(await hear(host, Buffer.concat([INFO, update(ref), objects(), DONE]))).toMatchObject({
      exitCode: 1,
    });
    expect(host.check()).toEqual([]);
  });

  it.each(['', 'abc', 'A'.repeat(64), `../${'a'.repeat(61)}`])(
    'names a commit that can be none: %j',
    async (to) => {
      using host = await createArtifactHost();
      const updates = [{ ref: 'p/e/k', from: NO_COMMIT, to }];
      const heard = await hear(host, Buffer.concat([INFO, encodeMessage({ type: 'update', updates }), DONE]));
      expect(heard.answers).toEqual(['info', expect.stringMatching(/^refused: .* is no id of a commit/)]);
      expect(host.check()).toEqual([]);
    },
  );

  it('moves a ref that is a folder of another', async () => {
    using host = await createArtifactHost();
    expect(await hear(host, Buffer.concat([INFO, update('p/e', 'p/e/k'), objects(), DONE]))).toMatchObject({
      exitCode: 1,
    });
    expect(host.check()).toEqual([]);
    await originalPush(host.receive(), pushOf(artifact, 'p/e/k'), { version: '1.0' });
    for (const ref of ['p/e', 'p/e/k/x']) {
      expect(await hear(host, Buffer.concat([INFO, update(ref), objects(), DONE]))).toMatchObject({
        exitCode: 1,
      });
      expect(host.check()).toEqual(['p/e/k']);
    }
  });
});

describe('a session', () => {
  it('may change its mind after the update', async () => {
    using host = await createArtifactHost();
    const heard = await hear(host, Buffer.concat([INFO, update('p/e/k'), DONE]));
    expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status'], said: '' });
    expect(host.check()).toEqual([]);
  });

  it('may say that it is done and go on all the same, as clients of 2018 do', async () => {
    using host = await createArtifactHost();
    const heard = await hear(host, Buffer.concat([INFO, update('p/e/k'), DONE, DONE, objects(), DONE]));
    expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status', 'done'], said: '' });
    expect(host.check()).toEqual(['p/e/k']);
  });

  it('ends with its last done, whatever follows', async () => {
    using host = await createArtifactHost();
    const heard = await hear(
      host,
      Buffer.concat([INFO, update('p/e/k'), objects(), DONE, Buffer.alloc(3000, 'x')]),
    );
    expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status', 'done'], said: '' });
    expect(host.check()).toEqual(['p/e/k']);
  });

  it('may set a ref without sending what is there already', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(artifact, 'p/e/strong'), { version: '1.0' });
    const heard = await hear(host, Buffer.concat([INFO, update('p/e/weak'), objects([]), DONE]));
    expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status', 'done'], said: '' });
    expect(host.check()).toEqual(['p/e/strong', 'p/e/weak']);
  });

  it('may update nothing; what it sends becomes no ref, and hurts nobody', async () => {
    using host = await createArtifactHost();
    const incomplete = artifact.objects.filter(({ name }) => !name.endsWith('.dirtree'));
    for (const members of [incomplete, artifact.objects]) {
      const heard = await hear(host, Buffer.concat([INFO, update(), objects(members), DONE]));
      expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status', 'done'], said: '' });
      expect(host.check()).toEqual([]);
    }
  });

  it('may send more than it needs; a commit that nothing names and that is not whole is not kept', async () => {
    using host = await createArtifactHost();
    const lonely = other.objects.filter(({ name }) => name.endsWith('.commit'));
    const heard = await hear(
      host,
      Buffer.concat([INFO, update('p/e/k'), objects([...lonely, ...artifact.objects]), DONE]),
    );
    expect(heard).toMatchObject({ exitCode: 0, answers: ['info', 'status', 'done'] });
    expect(host.check()).toEqual(['p/e/k']);
  });

  it.each(Array.from({ length: 20 }, (_, blocks) => blocks))(
    'is read to its end with %i more blocks before the end mark of its tar',
    async (blocks) => {
      using host = await createArtifactHost();
      const filler = { name: `${artifact.commit}.sizes2`, bytes: Buffer.alloc(blocks * 512) };
      const members = ended(encodeMembers([...artifact.objects, filler], { flavour: 'gnu' }));
      const heard = await hear(host, Buffer.concat([INFO, update('p/e/k'), PUT, members, DONE]));
      expect(heard).toEqual({ exitCode: 0, answers: ['info', 'status', 'done'], said: '' });
    },
  );

  it('that comes later wins, with all of its refs', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(artifact, 'p/e/k'), { version: '1.0' });
    expect(await originalPush(host.receive(), pushOf(other, 'p/e/k'), { version: '1.0' })).toEqual({
      type: 'pushed',
    });
    expect(host.commitOf('p/e/k')).toBe(other.commit);
    expect(host.check()).toEqual(['p/e/k']);
  });

  it.each([
    ['a flag of the key', {}, ['--write-once']],
    ['the repository', { writeOnce: true }, []],
  ])('that comes later leaves a ref alone that %s lets be written once', async (_, settings, flags) => {
    using host = await createArtifactHost(settings);
    await originalPush(host.receive(...flags), pushOf(artifact, 'p/e/k'), { version: '1.0' });
    const push = pushOf(other, 'p/e/k', 'p/e/new');
    expect(await originalPush(host.receive(...flags), push, { version: '1.0' })).toEqual({ type: 'pushed' });
    expect([host.commitOf('p/e/k'), host.commitOf('p/e/new')]).toEqual([artifact.commit, other.commit]);
    host.check();
  });

  it.each(['one', 'two/parts'])(
    'may write below the prefix %s of its key, and nowhere else',
    async (prefix) => {
      using host = await createArtifactHost();
      const flags = ['--write-prefix', 'elsewhere', '--write-prefix', `${prefix}/`];
      for (const ref of [`${prefix}/e/k`, `${prefix}x/e/k`, 'p/e/k', `p/${prefix}`]) {
        const outcome = await originalPush(host.receive(...flags), pushOf(artifact, ref), { version: '1.0' });
        expect(outcome.type).toBe(ref.startsWith(`${prefix}/`) ? 'pushed' : 'failed');
      }
      expect(host.check()).toEqual([`${prefix}/e/k`]);
    },
  );
});

describe('sessions at the same time', () => {
  it('publish one ref with different content, of which one stays, whole', async () => {
    using host = await createArtifactHost();
    const pushes = [artifact, other, artifact, other].map((each) => pushOf(each, 'p/e/k'));
    const outcomes = await Promise.all(
      pushes.map((push) => originalPush(host.receive(), push, { version: '1.0' })),
    );
    expect(outcomes).toEqual(pushes.map(() => ({ type: 'pushed' })));
    expect(host.check()).toEqual(['p/e/k']);
    expect([artifact.commit, other.commit]).toContain(host.commitOf('p/e/k'));
  });

  it('publish many refs, none of which is lost from the summary', async () => {
    using host = await createArtifactHost();
    const refs = Array.from({ length: 8 }, (_, at) => `p/e/k${at}`);
    await Promise.all(
      refs.map((ref) => originalPush(host.receive(), pushOf(artifact, ref), { version: 'pre-cas' })),
    );
    expect(host.check()).toEqual(refs);
  });
});
