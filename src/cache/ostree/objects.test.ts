import { describe, expect, test } from 'vitest';
import {
  decodeCommit,
  decodeDirMeta,
  decodeDirTree,
  decodeStoredHeader,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeHashedHeader,
  encodeStoredHeader,
  objectId,
} from './index.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const NONE = Buffer.alloc(0);
const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);

describe('the usual dirmeta', () => {
  const bytes = hex('00000000 00000000 000041ed');

  test('is twelve bytes', () => {
    const dirmeta = { uid: 0, gid: 0, mode: 0o40755, xattrs: [] };
    expect(encodeDirMeta(dirmeta).equals(bytes)).toBe(true);
    expect(decodeDirMeta(bytes)).toEqual(dirmeta);
  });

  test('has the id that every repository knows', () => {
    expect(objectId(bytes)).toMatch(/^446a0ef1.{52}5488$/);
  });
});

describe('a dirtree with one file', () => {
  test('has its offsets where libostree has them', () => {
    const tree = { files: [{ name: 'empty', file: A }], directories: [] };
    const bytes = encodeDirTree(tree);
    expect(bytes.toString('hex')).toBe(`656d70747900${A}062728`);
    expect(decodeDirTree(bytes)).toEqual(tree);
  });
});

describe('a commit of an artifact', () => {
  test('has 86 bytes for a subject of five', () => {
    const commit = {
      subject: 'p/e/k',
      body: '',
      timestampSeconds: 1515974400,
      dirtree: A,
      dirmeta: B,
      metadata: NONE,
      related: NONE,
    };
    const bytes = encodeCommit(commit);
    expect(bytes.toString('hex')).toBe(`702f652f6b000000000000005a5bef00${A}${B}300706000000`);
    expect(decodeCommit(bytes)).toEqual({ ...commit, metadata: new Uint8Array(), related: new Uint8Array() });
  });
});

describe('the header of a file', () => {
  const file = { sizeBytes: 6, uid: 0, gid: 0, mode: 0o100644, xattrs: [] };

  test('is stored with the size of the content', () => {
    const bytes = hex('0000001a00000000 0000000000000006 0000000000000000 000081a4 00000000 00 19');
    expect(encodeStoredHeader(file).equals(bytes)).toBe(true);
    expect(decodeStoredHeader(bytes.subarray(8))).toEqual(file);
  });

  test('is hashed without it', () => {
    const bytes = encodeHashedHeader(file);
    expect(bytes.toString('hex')).toBe('00000012000000000000000000000000000081a4000000000011');
    expect(objectId(Buffer.concat([bytes, Buffer.from('hello\n')]))).toMatch(/^44f778e5.{52}3a6b$/);
  });

  test('of a link has its target', () => {
    const link = { sizeBytes: 0, uid: 0, gid: 0, mode: 0o120777, target: 'hello.txt', xattrs: [] };
    const bytes = encodeStoredHeader(link);
    const written = `0000002300000000 ${'00'.repeat(16)} 0000a1ff 00000000 68656c6c6f2e74787400 22`;
    expect(bytes.equals(hex(written))).toBe(true);
    expect(decodeStoredHeader(bytes.subarray(8))).toEqual(link);
    expect(objectId(encodeHashedHeader(link))).toMatch(/^f66efa49.{52}db35$/);
  });

  test('of an empty file gives the id that every repository knows', () => {
    expect(objectId(encodeHashedHeader({ ...file, sizeBytes: 0 }))).toMatch(/^cc700d46.{52}f07e$/);
  });

  test('has attributes behind the target', () => {
    const xattrs = [{ name: Buffer.from('user.foo'), value: Buffer.from('bar') }];
    const bytes = encodeHashedHeader({ ...file, xattrs });
    const written = `0000002000000000 ${'00'.repeat(8)} 000081a4 00000000 00 757365722e666f6f00 626172 090d11`;
    expect(bytes.equals(hex(written))).toBe(true);
  });
});
