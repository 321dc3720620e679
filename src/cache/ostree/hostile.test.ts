import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { CacheError } from '../error.ts';
import { array, BYTES, encodeVariant, NUMBERS, STRING, tuple } from './gvariant/index.ts';
import {
  type Commit,
  compareText,
  type DirTree,
  decodeCommit,
  decodeDirMeta,
  decodeDirTree,
  decodeFilez,
  decodeStoredHeader,
  decodeSummary,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeStoredHeader,
  encodeSummary,
  isRefName,
  MAX_METADATA_BYTES,
  type ObjectName,
  objectId,
  walkCommit,
} from './index.ts';

const A = 'aa'.repeat(32);
const ID = Buffer.from(A, 'hex');
const NONE = Buffer.alloc(0);

const refused = (work: () => unknown, code: 'CORRUPT_OBJECT' | 'TOO_LARGE' = 'CORRUPT_OBJECT') =>
  expect(work).toThrow(expect.objectContaining({ name: 'CacheError', code }));

const text = fc
  .string({ unit: anyCharacter })
  .filter((value) => value.isWellFormed() && !value.includes('\0'));
const name = text.filter((value) => value !== '' && value !== '.' && value !== '..' && !value.includes('/'));
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const tree: fc.Arbitrary<DirTree> = fc
  .uniqueArray(name, { maxLength: 40 })
  .chain((names) => fc.tuple(fc.constant(names.sort(compareText)), fc.nat(names.length), id))
  .map(([names, cut, target]) => ({
    files: names.filter((_, index) => index % (cut + 1) !== 0).map((each) => ({ name: each, file: target })),
    directories: names
      .filter((_, index) => index % (cut + 1) === 0)
      .map((each) => ({ name: each, dirtree: target, dirmeta: target })),
  }));

const xattrs = fc.array(
  fc.record({
    name: fc.uint8Array({ minLength: 1, maxLength: 20 }).filter((bytes) => !bytes.includes(0)),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
);
const whole = fc.nat(0xffff_ffff);

describe('objects come back as they went', () => {
  test('directories, with names in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(tree, (given) => {
        expect(decodeDirTree(encodeDirTree(given))).toEqual(given);
      }),
    );
  });

  test('permissions and attributes', () => {
    const facts = fc.record({
      uid: whole,
      gid: whole,
      mode: fc.nat(0o7777).map((bits) => 0o40000 + bits),
      xattrs,
    });
    fc.assert(
      fc.property(facts, (given) => {
        expect(decodeDirMeta(encodeDirMeta(given))).toEqual(given);
      }),
    );
  });

  test('commits', () => {
    const empty = fc.constant(new Uint8Array());
    const commit: fc.Arbitrary<Commit> = fc.record(
      {
        parent: id,
        subject: text,
        body: text,
        timestampSeconds: fc.maxSafeNat(),
        dirtree: id,
        dirmeta: id,
        metadata: empty,
        related: empty,
      },
      { requiredKeys: ['subject', 'body', 'timestampSeconds', 'dirtree', 'dirmeta', 'metadata', 'related'] },
    );
    fc.assert(
      fc.property(commit, (given) => {
        expect(decodeCommit(encodeCommit(given))).toEqual(given);
      }),
    );
  });

  test('headers of files and links', () => {
    const file = fc.record({
      sizeBytes: fc.maxSafeNat(),
      uid: whole,
      gid: whole,
      mode: fc.nat(0o7777).map((bits) => 0o100000 + bits),
      xattrs,
    });
    const link = fc.record({
      sizeBytes: fc.constant(0),
      uid: whole,
      gid: whole,
      mode: fc.constant(0o120777),
      target: text.filter((value) => value !== ''),
      xattrs,
    });
    fc.assert(
      fc.property(fc.oneof(file, link), (given) => {
        expect(decodeStoredHeader(encodeStoredHeader(given).subarray(8))).toEqual(given);
      }),
    );
  });

  test('summaries, whatever the order of their refs', () => {
    const ref = fc.record(
      { ref: text, commit: id, commitSizeBytes: fc.nat(), timestampSeconds: fc.maxSafeNat() },
      { requiredKeys: ['ref', 'commit', 'commitSizeBytes'] },
    );
    const refs = fc.uniqueArray(ref, { selector: (each) => each.ref, maxLength: 50 });
    fc.assert(
      fc.property(refs, fc.maxSafeNat(), (given, lastModifiedSeconds) => {
        const sorted = given.toSorted((a, b) => Buffer.compare(Buffer.from(a.ref), Buffer.from(b.ref)));
        expect(decodeSummary(encodeSummary({ refs: given, lastModifiedSeconds }))).toEqual({
          refs: sorted,
          lastModifiedSeconds,
        });
      }),
    );
  });
});

describe('bytes of any kind', () => {
  test('are refused as damaged or too large, and nothing else happens', () => {
    const decoders = [
      decodeCommit,
      decodeDirTree,
      decodeDirMeta,
      decodeStoredHeader,
      decodeSummary,
      decodeFilez,
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(tree, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
        const encoded = encodeDirTree(given);
        if (encoded.length > 0) encoded[at % encoded.length] = byte;
        return encoded;
      }),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom<(bytes: Uint8Array) => unknown>(...decoders), (given, decode) => {
        try {
          decode(given);
        } catch (error) {
          if (!(error instanceof CacheError)) throw error;
          expect(['CORRUPT_OBJECT', 'TOO_LARGE']).toContain(error.code);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('are not looked at beyond what ostree reads', () => {
    const large = Buffer.alloc(MAX_METADATA_BYTES + 1);
    for (const decode of [decodeCommit, decodeDirTree, decodeDirMeta, decodeSummary])
      refused(() => decode(large), 'TOO_LARGE');
    refused(() => decodeFilez(Buffer.from('ffffffff00000000', 'hex')), 'TOO_LARGE');
  });
});

describe('a directory', () => {
  const FILES = array(tuple<readonly [string, Uint8Array]>(STRING, BYTES));
  const DIRECTORIES = array(tuple<readonly [string, Uint8Array, Uint8Array]>(STRING, BYTES, BYTES));
  const bytes = (files: readonly string[], directories: readonly string[] = [], at: Uint8Array = ID) =>
    encodeVariant(tuple(FILES, DIRECTORIES), [
      files.map((each) => [each, at] as const),
      directories.map((each) => [each, at, at] as const),
    ]);

  test.each([[''], ['.'], ['..'], ['a/b'], ['/'], ['../../etc/passwd']])(
    'with the name %j is refused',
    (bad) => {
      refused(() => decodeDirTree(bytes([bad])));
      refused(() => decodeDirTree(bytes([], [bad])));
      refused(() => encodeDirTree({ files: [{ name: bad, file: A }], directories: [] }));
    },
  );

  test('with a name that is not UTF-8 is refused', () => {
    const good = bytes(['xx']);
    good[0] = 0xff;
    refused(() => decodeDirTree(good));
  });

  test('with names out of order, or there twice, is refused', () => {
    refused(() => decodeDirTree(bytes(['b', 'a'])));
    refused(() => decodeDirTree(bytes(['a', 'a'])));
    refused(() => decodeDirTree(bytes([], ['b', 'a'])));
    refused(() => decodeDirTree(bytes(['a', 'b'], ['b'])));
    expect(decodeDirTree(bytes(['\uffee', '\u{1f680}'])).files).toHaveLength(2);
    refused(() => decodeDirTree(bytes(['\u{1f680}', '\uffee'])));
  });

  test('with an id of another length is refused', () => {
    refused(() => decodeDirTree(bytes(['a'], [], ID.subarray(1))));
    refused(() => decodeDirTree(bytes([], ['a'], Buffer.concat([ID, ID]))));
    refused(() => encodeDirTree({ files: [{ name: 'a', file: 'A'.repeat(64) }], directories: [] }));
  });
});

describe('facts that nothing has', () => {
  const header = { sizeBytes: 0, uid: 0, gid: 0, mode: 0o100644, xattrs: [] };

  test.each([0o40755, 0o10644, 0o20644, 0o60644, 0o140755, 0, 0o300644])(
    'a file of the mode %o is refused',
    (mode) => {
      refused(() => encodeStoredHeader({ ...header, mode }));
    },
  );

  test.each([0o100644, 0o120777, 0, 0o755, 0o240755])('a directory of the mode %o is refused', (mode) => {
    const { uint32 } = NUMBERS.be;
    refused(() => encodeDirMeta({ uid: 0, gid: 0, mode, xattrs: [] }));
    const noXattrs = array(tuple(BYTES, BYTES));
    refused(() => decodeDirMeta(encodeVariant(tuple(uint32, uint32, uint32, noXattrs), [0, 0, mode, []])));
  });

  test('a link without a target or with content, and a file with a target, are refused', () => {
    refused(() => encodeStoredHeader({ ...header, mode: 0o120777 }));
    refused(() => encodeStoredHeader({ ...header, mode: 0o120777, target: '' }));
    refused(() => encodeStoredHeader({ ...header, mode: 0o120777, target: 'a', sizeBytes: 1 }));
    refused(() => encodeStoredHeader({ ...header, target: 'a' }));
    refused(() => encodeStoredHeader({ ...header, mode: 0o120777, target: 'a\0b' }));
  });

  test('an attribute without a name is refused', () => {
    const value = Buffer.from('x');
    refused(() => encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [{ name: NONE, value }] }));
    refused(() =>
      encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [{ name: Buffer.from('a\0b'), value }] }),
    );
  });
});

describe('names of refs', () => {
  test.each(['a', 'p/e/k', '_x', 'x..y', 'größe/名前', 'a-b.c_d/0', 'slipway.build/app/main/0'])(
    '%j is one',
    (ref) => {
      expect(isRefName(ref)).toBe(true);
    },
  );

  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    '.a',
    '-a',
    'a/-b',
    'a b',
    'a+b',
    'a@b',
    'a\nb',
    'a\0b',
    'a\n',
    'x'.repeat(256),
    `${'a/'.repeat(2000)}a`,
  ])('%j is none', (ref) => {
    expect(isRefName(ref)).toBe(false);
  });
});

describe('walking from a commit', () => {
  const objects = new Map<string, Uint8Array>();
  const reader = { readMetadata: async ({ id: key }: ObjectName) => objects.get(key) };
  const keep = (bytes: Uint8Array) => {
    objects.set(objectId(bytes), bytes);
    return objectId(bytes);
  };
  const dirmeta = keep(encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] }));
  const commitOf = (dirtree: string) =>
    keep(
      encodeCommit({
        subject: '',
        body: '',
        timestampSeconds: 0,
        dirtree,
        dirmeta,
        metadata: NONE,
        related: NONE,
      }),
    );
  const namesOf = async (commit: string, limits = {}) => {
    const names: ObjectName[] = [];
    for await (const each of walkCommit(reader, [commit, commit], limits)) names.push(each);
    return names;
  };
  /** Two names for one directory on each level: as many paths as grains on a chessboard. */
  const chessboard = (depth: number) => {
    let dirtree = keep(encodeDirTree({ files: [{ name: 'f', file: A }], directories: [] }));
    for (let level = 1; level < depth; level++)
      dirtree = keep(
        encodeDirTree({
          files: [],
          directories: ['a', 'b'].map((each) => ({ name: each, dirtree, dirmeta })),
        }),
      );
    return commitOf(dirtree);
  };

  test('takes turns with everything else, also where nothing is waited for', async () => {
    const directories = Array.from({ length: 3000 }, (_, i) => {
      const files = Array.from({ length: 10 }, (__, j) => ({
        name: `f${j}`,
        file: objectId(Buffer.from(`${i}-${j}`)),
      }));
      return {
        name: `d${String(i).padStart(4, '0')}`,
        dirtree: keep(encodeDirTree({ files, directories: [] })),
        dirmeta,
      };
    });
    const commit = commitOf(keep(encodeDirTree({ files: [], directories })));
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 1);
    const names = await namesOf(commit);
    clearInterval(count);
    expect(names).toHaveLength(33_003);
    expect(turns).toBeGreaterThan(1);
  });

  test('gives each object once, the commit first, however many paths lead to it', async () => {
    const names = await namesOf(chessboard(64));
    expect(names.slice(0, 3).map(({ kind }) => kind)).toEqual(['commit', 'dirtree', 'dirmeta']);
    expect(names).toHaveLength(1 + 64 + 1 + 1);
    expect(new Set(names.map((each) => each.id)).size).toBe(names.length);
  });

  test('ends at its limits', async () => {
    await expect(namesOf(chessboard(20), { maxDepth: 19 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(namesOf(chessboard(20), { maxDepth: 20 })).resolves.toHaveLength(23);
    await expect(namesOf(chessboard(20), { maxObjects: 22 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('says what is missing or is none', async () => {
    await expect(namesOf(A)).rejects.toMatchObject({ code: 'MISSING_OBJECT' });
    await expect(namesOf(commitOf(A))).rejects.toMatchObject({
      code: 'MISSING_OBJECT',
      message: expect.stringContaining(`${A}.dirtree`),
    });
    await expect(namesOf(commitOf(dirmeta))).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });
});

test('a summary that no client would read is not written', () => {
  const refs = Array.from({ length: 80_000 }, (_, index) => ({
    ref: `project/element/${String(index).padStart(64, '0')}`,
    commit: A,
    commitSizeBytes: 100,
    timestampSeconds: 1,
  }));
  refused(() => encodeSummary({ refs }), 'TOO_LARGE');
});

test('a summary has no ref twice', () => {
  const ref = { ref: 'a', commit: A, commitSizeBytes: 100 };
  refused(() => encodeSummary({ refs: [ref, ref] }));
});
