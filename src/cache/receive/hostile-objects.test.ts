import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  array,
  BYTES,
  encodeCommit,
  encodeHashedHeader,
  encodeStoredHeader,
  encodeVariant,
  NUMBERS,
  objectId,
  raw,
  STRING,
  tuple,
} from '../ostree/index.ts';
import { type ArtifactHost, createArtifactHost } from '../testing/artifact-host.ts';
import { originalPush } from '../testing/original-client.ts';
import type { OriginalMember } from '../testing/original-tar.ts';
import { makeArtifact, pushOf } from '../testing/ostree-artifact.ts';

const MIB = 1024 * 1024;

const artifact = makeArtifact({
  'files/a': 'hello\n',
  'files/b': Buffer.alloc(400_000, 'b'),
  'files/c': '-> a',
});

const isOf = (kind: string) => (member: OriginalMember) => member.name.endsWith(`.${kind}`);

function first(kind: string, minBytes = 0): OriginalMember {
  const found = artifact.objects.find((member) => isOf(kind)(member) && member.bytes.length >= minBytes);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

/** The artifact with another object in place of the one of that name. */
const withObject = (changed: OriginalMember) => ({
  commit: artifact.commit,
  objects: artifact.objects.map((each) => (each.name === changed.name ? changed : each)),
});

const spoiled = (member: OriginalMember, spoil: (bytes: Buffer) => Buffer): OriginalMember => ({
  ...member,
  bytes: spoil(Buffer.from(member.bytes)),
});

const flipped = (at: number) => (bytes: Buffer) => {
  bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
  return bytes;
};

const HEADER = { uid: 0, gid: 0, mode: 0o100644, xattrs: [] };

/** A file object with the id of its true content, whatever its header says. */
function fileObject(
  content: Buffer,
  stored: { readonly saysBytes?: number; readonly payload?: Buffer } = {},
) {
  const sizeBytes = stored.saysBytes ?? content.length;
  const hashed = encodeHashedHeader({ ...HEADER, sizeBytes });
  const id = createHash('sha256').update(hashed).update(content).digest('hex');
  const payload = stored.payload ?? deflateRawSync(content);
  return {
    id,
    member: {
      name: `${id}.filez`,
      bytes: Buffer.concat([encodeStoredHeader({ ...HEADER, sizeBytes }), payload]),
    },
  };
}

const FILES = array(tuple(STRING, BYTES));
const FOLDERS = array(tuple(STRING, BYTES, BYTES));

/** An artifact with one directory, which holds what no directory may hold. */
function artifactOf(
  files: readonly (readonly [string, Buffer])[],
  more: readonly OriginalMember[] = [],
  mode = 0o40755,
) {
  const dirmeta = encodeVariant(
    tuple(NUMBERS.be.uint32, NUMBERS.be.uint32, NUMBERS.be.uint32, raw(array(tuple(BYTES, BYTES)))),
    [0, 0, mode, Buffer.alloc(0)],
  );
  const dirtree = encodeVariant(tuple(FILES, FOLDERS), [
    files.map(([name, id]): [string, Uint8Array] => [name, id]),
    [],
  ]);
  const commitBytes = encodeCommit({
    subject: '',
    body: '',
    timestampSeconds: 0,
    metadata: Buffer.alloc(0),
    related: Buffer.alloc(0),
    dirtree: objectId(dirtree),
    dirmeta: objectId(dirmeta),
  });
  const commit = objectId(commitBytes);
  const objects = [
    { name: `${commit}.commit`, bytes: commitBytes },
    { name: `${objectId(dirtree)}.dirtree`, bytes: dirtree },
    { name: `${objectId(dirmeta)}.dirmeta`, bytes: dirmeta },
    ...more,
  ];
  return { commit, objects };
}

const small = fileObject(Buffer.from('hello'));
const smallId = Buffer.from(small.id, 'hex');

/** With one file in it that is what its own object says. */
const artifactWith = ({ id, member }: ReturnType<typeof fileObject>) =>
  artifactOf([['f', Buffer.from(id, 'hex')]], [member]);

describe('the receiver', () => {
  let host: ArtifactHost;

  beforeAll(async () => {
    host = await createArtifactHost({ maxObjectBytes: 8 * MIB });
  });

  afterAll(() => host[Symbol.dispose]());

  it('takes what these tests make where nothing is wrong with it', async () => {
    // It shares no object with any of the bad ones: what is there is not looked at again.
    const file = fileObject(Buffer.from('good'));
    const good = artifactOf([['good', Buffer.from(file.id, 'hex')]], [file.member], 0o40700);
    const push = pushOf(good, 'p/e/good');
    expect(await originalPush(host.receive(), push, { version: '1.0' })).toEqual({ type: 'pushed' });
    expect(host.check()).toEqual(['p/e/good']);
  });

  it.each([
    ['a commit with a bit that is wrong', withObject(spoiled(first('commit'), flipped(-1)))],
    ['a dirtree with a bit that is wrong', withObject(spoiled(first('dirtree'), flipped(0)))],
    ['a dirmeta with a bit that is wrong', withObject(spoiled(first('dirmeta'), flipped(5)))],
    ['a file with a bit that is wrong in its content', withObject(spoiled(first('filez', 100), flipped(-5)))],
    ['a file with a bit that is wrong in its mode', withObject(spoiled(first('filez', 100), flipped(27)))],
    ['a file with a size that is wrong', withObject(spoiled(first('filez', 100), flipped(15)))],
    ['a file that is cut', withObject(spoiled(first('filez', 100), (bytes) => bytes.subarray(0, -3)))],
    [
      'a file that is cut inside of its header',
      withObject(spoiled(first('filez'), (bytes) => bytes.subarray(0, 20))),
    ],
    ['a file of no bytes', withObject(spoiled(first('filez'), () => Buffer.alloc(0)))],
    [
      'a file with bytes behind its end',
      withObject(spoiled(first('filez', 100), (bytes) => Buffer.concat([bytes, Buffer.alloc(9)]))),
    ],
    ['a commit of no bytes', withObject(spoiled(first('commit'), () => Buffer.alloc(0)))],
    ['a file in place of another', withObject({ ...first('filez', 100), bytes: small.member.bytes })],
    [
      'a file whose header is as long as all memory',
      withObject(
        spoiled(first('filez'), (bytes) => Buffer.concat([Buffer.alloc(4, 0xff), bytes.subarray(4)])),
      ),
    ],
    [
      'a file whose header has no bytes',
      withObject(spoiled(first('filez'), (bytes) => Buffer.concat([Buffer.alloc(4), bytes.subarray(4)]))),
    ],
    [
      'a file that is no deflate stream',
      artifactWith(fileObject(Buffer.from('x'), { payload: Buffer.alloc(100, 0xff) })),
    ],
    [
      'a file that grows beyond what it says',
      artifactWith(fileObject(Buffer.alloc(64 * MIB), { saysBytes: 10 })),
    ],
    [
      'a file that says that it is larger than it is',
      artifactWith(fileObject(Buffer.alloc(1000), { saysBytes: 2000 })),
    ],
    ['a file that unpacks to more than is allowed', artifactWith(fileObject(Buffer.alloc(9 * MIB)))],
    [
      'a file that says it unpacks to a petabyte',
      artifactWith(fileObject(Buffer.alloc(10), { saysBytes: 2 ** 50 })),
    ],
    [
      'a file that is stored with more than is allowed',
      artifactWith(fileObject(Buffer.alloc(10), { payload: Buffer.alloc(9 * MIB) })),
    ],
    ['a directory with a file that goes up', artifactOf([['..', smallId]], [small.member])],
    ['a directory with a path', artifactOf([['a/b', smallId]], [small.member])],
    ['a directory with a file without a name', artifactOf([['', smallId]], [small.member])],
    [
      'a directory with a name twice',
      artifactOf(
        [
          ['a', smallId],
          ['a', smallId],
        ],
        [small.member],
      ),
    ],
    [
      'a directory whose names are not in order',
      artifactOf(
        [
          ['b', smallId],
          ['a', smallId],
        ],
        [small.member],
      ),
    ],
    ['a directory with a file that nobody sent', artifactOf([['a', Buffer.alloc(32, 1)]])],
    ['a directory with half an id', artifactOf([['a', smallId.subarray(16)]], [small.member])],
  ])('refuses %s, and keeps nothing of the push', async (_, bad) => {
    const receiver = host.receive();
    const outcome = await originalPush(receiver, pushOf(bad, 'p/e/k'), { version: '1.0' });
    expect(outcome.type).toBe('failed');
    expect(await receiver.exit).toBe(1);
    expect(await receiver.said).toMatch(/^bst-artifact-receive: .+\n$/);
    expect(host.check()).toEqual(['p/e/good']);
  });

  it('refuses metadata beyond what libostree reads', async () => {
    const large = { name: `${'a'.repeat(64)}.dirtree`, bytes: Buffer.alloc(10 * MIB + 1) };
    const push = pushOf({ commit: artifact.commit, objects: [large, ...artifact.objects] }, 'p/e/k');
    const receiver = host.receive();
    expect(await originalPush(receiver, push, { version: '1.0' })).toMatchObject({ type: 'failed' });
    expect(await receiver.said).toMatch(/10485760/);
    expect(host.check()).toEqual(['p/e/good']);
  });

  it('takes no room for a size that is only said', async () => {
    using roomy = await createArtifactHost({ maxObjectBytes: 999_999_999_999_999 });
    const member = { ...first('filez'), saysBytes: 2 ** 49 };
    const receiver = roomy.receive();
    const push = pushOf({ commit: artifact.commit, objects: [member] }, 'p/e/k');
    expect(await originalPush(receiver, push, { version: '1.0' })).toMatchObject({ type: 'failed' });
    expect(await receiver.said).toMatch(/no room/i);
    expect(roomy.check()).toEqual([]);
  });

  it('does not replace a good object by a bad one of its name', async () => {
    await originalPush(host.receive(), pushOf(artifact, 'p/e/first'), { version: '1.0' });
    const bad = withObject(spoiled(first('filez', 100), flipped(-5)));
    // What is there already need not be looked at: it is read to its end, and dropped.
    expect(await originalPush(host.receive(), pushOf(bad, 'p/e/second'), { version: '1.0' })).toEqual({
      type: 'pushed',
    });
    expect(host.check()).toEqual(['p/e/first', 'p/e/good', 'p/e/second']);
  });
});
