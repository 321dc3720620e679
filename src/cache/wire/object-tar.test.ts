import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeMembers, encodeOriginalTar, ended, type OriginalMember } from '../testing/original-tar.ts';
import { createByteSource } from './byte-source.ts';
import { RECORD_BYTES, readObjectTar } from './object-tar.ts';

const id = (letter: string): string => letter.repeat(64);

const MEMBERS: readonly OriginalMember[] = [
  { name: `${id('a')}.commit`, bytes: Buffer.from('commit') },
  { name: `${id('b')}.dirtree`, bytes: Buffer.alloc(0) },
  { name: `${id('c')}.dirmeta`, bytes: Buffer.alloc(12, 7) },
  { name: `${id('d')}.filez`, bytes: Buffer.alloc(70_000, 'filez') },
  { name: `${id('e')}.filez`, bytes: Buffer.alloc(1024, 0) },
];

const FOLLOWING = Buffer.from('l\x01\x04\0\0');

function* cutInto(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const sourceOf = (bytes: Buffer, size = 65_536) =>
  createByteSource(
    (async function* () {
      yield* cutInto(bytes, size);
    })(),
  );

interface Read {
  readonly objects: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** What the tar left over. */
  readonly rest: Buffer;
}

async function read(bytes: Buffer, chunkBytes?: number): Promise<Read> {
  const source = sourceOf(bytes, chunkBytes);
  const objects: { name: string; bytes: Buffer }[] = [];
  for await (const { name, sizeBytes, content } of readObjectTar(source)) {
    const pieces: Buffer[] = [];
    for await (const piece of content()) pieces.push(Buffer.from(piece));
    objects.push({ name: `${name.id}.${name.kind}`, bytes: Buffer.concat(pieces) });
    expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(sizeBytes);
  }
  await source.fill(FOLLOWING.length + 1);
  return { objects, rest: Buffer.from(source.take(100)) };
}

const namesAndBytes = (members: readonly OriginalMember[]) =>
  members.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) }));

const refusal = async (bytes: Buffer): Promise<unknown> =>
  await read(bytes).then(
    () => 'it was taken',
    (error: unknown) => error,
  );

describe('the tar of a push', () => {
  it.each(['ustar', 'gnu', 'pax'] as const)(
    'is read in the flavour %s, whatever its order',
    async (flavour) => {
      const members = [...MEMBERS].reverse();
      const tar = encodeOriginalTar(members, { flavour });
      const { objects, rest } = await read(Buffer.concat([tar, FOLLOWING]));
      expect(objects).toEqual(namesAndBytes(members));
      expect(rest).toEqual(FOLLOWING);
    },
  );

  it('begins as python writes it: a member of 1,024 bytes with the time, then the object', () => {
    const tar = encodeOriginalTar(MEMBERS.slice(0, 1));
    expect(tar.toString('latin1', 0, 14)).toBe('././@PaxHeader');
    expect(tar.toString('latin1', 156, 157)).toBe('x');
    expect(tar.toString('latin1', 512, 539)).toBe('27 mtime=1795214032.999966\n');
    expect(tar.toString('latin1', 1024, 1024 + 71)).toBe(`${id('a')}.commit`);
    expect(tar.length).toBe(RECORD_BYTES);
  });

  it('is read with long names, binary sizes, sizes and names in records, and records for all', async () => {
    const [commit] = MEMBERS;
    if (commit === undefined) throw new Error('no members');
    const elsewhere = { ...commit, name: 'elsewhere', saysBytes: 0 };
    const tars = [
      encodeOriginalTar([{ ...commit, binarySize: true }], { flavour: 'gnu' }),
      encodeOriginalTar([elsewhere], { records: () => ({ path: commit.name, size: '6' }) }),
      encodeOriginalTar([commit], { global: { comment: 'for all' }, mtimeSeconds: 1 }),
      ended(
        Buffer.concat([
          encodeMembers([{ name: '././@LongLink', bytes: Buffer.from(`${commit.name}\0`), typeFlag: 'L' }], {
            flavour: 'gnu',
          }),
          encodeMembers([{ ...commit, name: 'cut off' }], { flavour: 'gnu' }),
        ]),
      ),
    ];
    for (const tar of tars) {
      const { objects, rest } = await read(Buffer.concat([tar, FOLLOWING]));
      expect(objects).toEqual(namesAndBytes([commit]));
      expect(rest).toEqual(FOLLOWING);
    }
  });

  it.each(Array.from({ length: 20 }, (_, blocks) => blocks))(
    'ends at the end of its record with an end mark at block %i of it, and not a byte later',
    async (blocks) => {
      const filler = { name: `${id('f')}.filez`, bytes: Buffer.alloc(((blocks + 19) % 20) * 512, 1) };
      const tar = encodeOriginalTar([filler], { flavour: 'gnu' });
      const endMark = 512 + filler.bytes.length;
      expect((endMark / 512) % 20).toBe(blocks);
      expect(tar.length % RECORD_BYTES).toBe(0);
      for (const size of [512, 10_240, 65_536, 999]) {
        const { rest } = await read(Buffer.concat([tar, FOLLOWING]), size);
        expect(rest).toEqual(FOLLOWING);
      }
    },
  );

  it('may have no object', async () => {
    expect(await read(Buffer.concat([ended(Buffer.alloc(0)), FOLLOWING]))).toEqual({
      objects: [],
      rest: FOLLOWING,
    });
  });

  it('is what was sent, however it is cut', async () => {
    const member = fc.record({
      name: fc
        .tuple(fc.constantFrom('a', '0', 'f'), fc.constantFrom('commit', 'filez', 'dirtree'))
        .map(([letter, kind]) => `${id(letter)}.${kind}`),
      bytes: fc.uint8Array({ maxLength: 3000 }),
    });
    const flavour = fc.constantFrom('ustar' as const, 'gnu' as const, 'pax' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { maxLength: 8 }),
        flavour,
        fc.integer({ min: 1, max: 4000 }),
        async (members, kind, size) => {
          const tar = Buffer.concat([encodeOriginalTar(members, { flavour: kind }), FOLLOWING]);
          const { objects, rest } = await read(tar, size);
          expect(objects).toEqual(namesAndBytes(members));
          expect(rest).toEqual(FOLLOWING);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is skipped where nobody reads an object', async () => {
    const source = sourceOf(Buffer.concat([encodeOriginalTar(MEMBERS), FOLLOWING]), 700);
    const names: string[] = [];
    for await (const { name } of readObjectTar(source)) names.push(name.kind);
    expect(names).toEqual(['commit', 'dirtree', 'dirmeta', 'filez', 'filez']);
    await source.fill(FOLLOWING.length);
    expect(source.take(100)).toEqual(FOLLOWING);
  });

  it('may have signatures and other extras beside commits, which are passed over', async () => {
    const extras = ['.commitmeta', '.sig', '.sizes2', '.commit.sig', '.commit.sizes2'].map((ending) => ({
      name: id('a') + ending,
      bytes: Buffer.alloc(600, 1),
    }));
    const { objects } = await read(encodeOriginalTar([...extras, ...MEMBERS]));
    expect(objects).toEqual(namesAndBytes(MEMBERS));
  });

  it.each([
    ['a path that goes up', '../../../x'],
    ['an absolute path', `/objects/${id('a')}.commit`],
    ['a folder before the name', `objects/${id('a')}.commit`],
    ['a dot before the name', `./${id('a')}.commit`],
    ['capital digits', `${id('A')}.commit`],
    ['63 digits', `${'a'.repeat(63)}.commit`],
    ['no kind', id('a')],
    ['another kind', `${id('a')}.tombstone-commit`],
    ['an uncompressed file', `${id('a')}.file`],
    ['a new line at the end', `${id('a')}.commit\n`],
  ])('is refused with %s', async (_, name) => {
    for (const flavour of ['gnu', 'pax'] as const) {
      expect(
        await refusal(encodeOriginalTar([{ name, bytes: Buffer.from('x') }], { flavour })),
      ).toMatchObject({
        code: 'PROTOCOL',
        message: expect.stringContaining(JSON.stringify(name)),
      });
    }
  });

  it('is refused with a NUL in a name that a record gives', async () => {
    const records = () => ({ path: `${id('a')}.commit\0/../x` });
    const tar = encodeOriginalTar([{ name: 'x', bytes: Buffer.alloc(0) }], { records });
    expect(await refusal(tar)).toMatchObject({ code: 'PROTOCOL' });
  });

  it.each(['1', '2', '3', '4', '5', '6', 'S', 'V', 'Z'])(
    'is refused with a member of the type %s',
    async (typeFlag) => {
      const member = { name: `${id('a')}.filez`, bytes: Buffer.alloc(0), typeFlag, linkName: '/etc/passwd' };
      expect(await refusal(encodeOriginalTar([member]))).toMatchObject({ code: 'PROTOCOL' });
    },
  );

  it.each([
    ['a checksum that is wrong', (tar: Buffer) => void tar.write('7', 150)],
    ['a size that is no number', (tar: Buffer) => void tar.write('9', 130)],
    ['something behind the first zero block', (tar: Buffer) => void tar.write('x', 1536)],
  ])('is refused with %s', async (_, spoil) => {
    const tar = encodeOriginalTar([{ name: `${id('a')}.filez`, bytes: Buffer.from('x') }], {
      flavour: 'gnu',
    });
    spoil(tar);
    expect(await refusal(tar)).toMatchObject({ code: 'PROTOCOL' });
  });

  it('is refused where extended headers or extras say more than names need', async () => {
    const member = { name: `${id('a')}.filez`, bytes: Buffer.alloc(0) };
    const large = { ...member, typeFlag: 'x', saysBytes: 2 ** 40 };
    expect(await refusal(encodeOriginalTar([large], { flavour: 'ustar' }))).toMatchObject({
      code: 'PROTOCOL',
    });
    const many = encodeMembers(
      [{ name: 'x', bytes: Buffer.from(`600007 k=${'v'.repeat(599_997)}\n`), typeFlag: 'x' }],
      {
        flavour: 'ustar',
      },
    );
    expect(await refusal(Buffer.concat([many, many]))).toMatchObject({ code: 'PROTOCOL' });
    const extra = { name: `${id('a')}.sig`, bytes: Buffer.alloc(0), saysBytes: 2 ** 40 };
    expect(await refusal(encodeOriginalTar([extra], { flavour: 'gnu' }))).toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('is refused when it ends before its last record does, wherever', async () => {
    const tar = encodeOriginalTar(MEMBERS.slice(0, 2));
    for (const size of [0, 1, 511, 512, 1030, 1536, 3000, 4096, 4608, 5120, RECORD_BYTES - 1]) {
      expect(await refusal(tar.subarray(0, size))).toMatchObject({ code: 'PROTOCOL' });
    }
  });

  it('of random bytes is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 513, maxLength: 2000 }), async (bytes) => {
        expect(await refusal(Buffer.from(bytes))).toMatchObject({ code: 'PROTOCOL' });
      }),
    );
  });
});
