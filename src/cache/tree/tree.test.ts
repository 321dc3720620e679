import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { CacheError } from '../error.ts';
import {
  decodeDirTree,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  objectPath,
  writeFilez,
} from '../ostree/index.ts';
import { initRepository } from '../repository/init-repository.ts';
import { openRepository } from '../repository/open-repository.ts';
import type { Repository, Staging } from '../repository/repository.ts';
import { checkoutTree } from './checkout-tree.ts';
import { type CommitTreeOptions, type CommittedTree, commitTree } from './commit-tree.ts';
import { listTree } from './list-tree.ts';
import { readTreeFile } from './read-tree-file.ts';
import type { TreeSource } from './tree-source.ts';

const REF = 'project/element/1234';

let folder: string;
let repository: Repository;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-tree-'));
  await initRepository(join(folder, 'repo'));
  repository = await openRepository(join(folder, 'repo'));
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer, mode = 0o644): void {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  chmodSync(whole, mode);
}

const ostree = (...words: string[]): string =>
  execFileSync('ostree', [`--repo=${repository.folder}`, ...words], { encoding: 'utf8' });

async function commit(
  sources: readonly TreeSource[] = [{ path: '', folder: join(folder, 'source') }],
  options: Partial<CommitTreeOptions> = {},
): Promise<CommittedTree> {
  await using staging = await repository.openStaging();
  const committed = await commitTree(staging, sources, { subject: REF, ...options });
  await staging.publish([{ ref: REF, commit: committed.commit }]);
  return committed;
}

/** Path, kind, mode and content of everything below a folder. */
function contentsOf(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(root, name);
    const stats = lstatSync(path);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) found[name] = `link ${readlinkSync(path)}`;
    else if (stats.isDirectory()) found[name] = `folder ${mode}`;
    else found[name] = `file ${mode} ${readFileSync(path).toString('base64')}`;
  }
  return found;
}

async function failure(work: Promise<unknown>): Promise<CacheError> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof CacheError) return error;
  throw new Error('nothing was refused', { cause: error });
}

function writeSmallTree(): void {
  write('source/bin/tool', '#!/bin/sh\n', 0o755);
  write('source/lib/data', randomBytes(40_000));
  write('source/lib/text', 'the same again and again\n'.repeat(4000), 0o600);
  write('source/empty', '');
  write('source/ünïcödé ☃', 'x', 0o444);
  write('source/lib/large', Buffer.concat([randomBytes(1_500_000), Buffer.alloc(2_000_000, 'abc')]));
  mkdirSync(join(folder, 'source/nothing'), { mode: 0o700 });
  symlinkSync('../empty', join(folder, 'source/lib/link'));
  symlinkSync('/nowhere/to be found', join(folder, 'source/dangling'));
  linkSync(join(folder, 'source/lib/data'), join(folder, 'source/lib/hard'));
}

describe('commitTree', () => {
  it('leaves out what its source says, and looks at nothing below it', async () => {
    for (const path of ['tree/a', 'tree/b/kept', 'tree/b/left', 'tree/gone/x']) write(path, path);
    execFileSync('mkfifo', [join(folder, 'tree/gone/pipe')]); // no tree could hold it
    const asked: [string, boolean][] = [];
    const leaveOut = (path: string, isFolder: boolean): boolean => {
      asked.push([path, isFolder]);
      return path === 'b/left' || path === 'gone';
    };
    const { commit: id, files } = await commit([{ path: '', folder: join(folder, 'tree'), leaveOut }]);
    expect(files).toBe(2);
    expect(asked.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['a', false],
      ['b', true],
      ['b/kept', false],
      ['b/left', false],
      ['gone', true],
    ]);
    await checkoutTree(repository, id, join(folder, 'out'));
    expect(readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      'a',
      'b',
      'b/kept',
    ]);
  });

  it('makes a commit that ostree checks out byte for byte, with modes and links', async () => {
    writeSmallTree();
    const committed = await commit();
    expect(committed).toMatchObject({ files: 9, folders: 4, newFiles: 8 });
    ostree('fsck');
    const out = join(folder, 'theirs');
    ostree('checkout', '-U', committed.commit, out);
    expect(contentsOf(out)).toEqual(contentsOf(join(folder, 'source')));
  });

  it('makes the tree that ostree makes of the same folder', async () => {
    writeSmallTree();
    await commit();
    ostree('commit', '-b', 'theirs', '--owner-uid=0', '--owner-gid=0', '--no-xattrs', join(folder, 'source'));
    expect(ostree('diff', REF, 'theirs')).toBe('');
    const [ours, theirs] = await Promise.all(
      [REF, 'theirs'].map((ref) => repository.readCommit(ostree('rev-parse', ref).trim())),
    );
    expect(ours?.dirtree).toBe(theirs?.dirtree);
    expect(ours?.dirmeta).toBe(theirs?.dirmeta);
  });

  it('puts parts where they belong, and gives the commit its subject and time', async () => {
    write('source/a', 'A');
    write('log', 'it went well\n', 0o640);
    const { commit: id } = await commit(
      [
        { path: 'files', folder: join(folder, 'source') },
        { path: 'meta/artifact.yaml', content: 'keys: {}\n' },
        { path: 'logs/build.log', file: join(folder, 'log') },
      ],
      { timestampSeconds: 1_515_974_400, body: 'told' },
    );
    const lines = ostree('ls', '-R', REF)
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' '));
    expect(lines).toEqual([
      'd00755 0 0 0 /',
      'd00755 0 0 0 /files',
      '-00644 0 0 1 /files/a',
      'd00755 0 0 0 /logs',
      '-00640 0 0 13 /logs/build.log',
      'd00755 0 0 0 /meta',
      '-00644 0 0 9 /meta/artifact.yaml',
      '',
    ]);
    expect(await repository.readCommit(id)).toMatchObject({
      subject: REF,
      body: 'told',
      timestampSeconds: 1_515_974_400,
    });
  });

  it('gives the same tree for the same files, whatever their times', async () => {
    write('source/a', 'A');
    const first = await commit(undefined, { timestampSeconds: 1 });
    utimesSync(join(folder, 'source/a'), 1, 1);
    const second = await commit(undefined, { timestampSeconds: 1 });
    expect(second.commit).toBe(first.commit);
  });

  it('stores the same content once, and nothing that is there', async () => {
    write('source/a', 'the same');
    write('source/b', 'the same');
    write('source/c', 'the same', 0o755); // its mode is a part of what it is
    expect(await commit()).toMatchObject({ files: 3, newFiles: 2 });
    expect(await commit()).toMatchObject({ files: 3, newFiles: 0 });
  });

  it('takes a folder of thousands of files with few of them open', async () => {
    for (let i = 0; i < 1500; i += 1) write(`source/${i % 7}/${i}`, `${i}`);
    expect(await commit()).toMatchObject({ files: 1500, folders: 8, newFiles: 1500 });
    const files: unknown[] = [];
    for await (const entry of listTree(repository, (await repository.readRef(REF)) ?? '')) files.push(entry);
    expect(files).toHaveLength(1507);
  });

  it.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '3'])],
  ])('refuses %s and names it', async (what, make) => {
    write('source/lib/a', 'A');
    make(join(folder, 'source/lib/odd'));
    const { code, message } = await failure(commit());
    expect(code).toBe('BAD_TREE');
    expect(message).toBe(`${folder}/source/lib/odd cannot be stored: it is ${what}`);
    expect(await repository.readRef(REF)).toBeUndefined();
  });

  it('refuses a name that is not UTF-8', async () => {
    mkdirSync(join(folder, 'source'));
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/source/caf`), Buffer.from([0xe9])]), 'x');
    expect(await failure(commit())).toMatchObject({
      code: 'BAD_TREE',
      message: `${folder}/source/café cannot be stored: its name is not UTF-8`,
    });
  });

  it('stores a name that has the sign for what is not UTF-8', async () => {
    write('source/\ufffd', 'x');
    await commit();
    expect(ostree('ls', REF)).toContain('\ufffd');
  });

  it('refuses a folder that is none, and paths that lead out', async () => {
    write('file', 'x');
    const refused = async (source: TreeSource): Promise<string> => (await failure(commit([source]))).message;
    expect(await refused({ path: '', folder: join(folder, 'absent') })).toMatch(/absent: no such file/);
    expect(await refused({ path: '', folder: join(folder, 'file') })).toMatch(/file is no folder/);
    expect(await refused({ path: '../a', content: 'x' })).toMatch(/no path of a tree/);
    expect(await refused({ path: 'a//b', content: 'x' })).toMatch(/no path of a tree/);
    expect(await refused({ path: '', content: 'x' })).toMatch(/the root of a tree is a folder/);
    expect(await refused({ path: 'log', file: folder })).toMatch(/is no file/);
  });

  it('refuses two parts with one name', async () => {
    write('source/meta', 'x');
    const sources = [
      { path: '', folder: join(folder, 'source') },
      { path: 'meta', content: 'y' },
    ];
    expect((await failure(commit(sources))).message).toMatch(/two parts of the tree have the name meta/);
    const below = [...sources.slice(0, 1), { path: 'meta/x', content: 'y' }];
    expect((await failure(commit(below))).message).toMatch(/is a file of the tree already/);
  });

  it('says which file changed while it was read', async () => {
    write('source/large', Buffer.alloc(3_000_000, 'x'));
    const path = join(folder, 'source/large');
    await using staging = await repository.openStaging();
    // The file has been read for its id when a staging is first asked for that.
    const meddling: Staging = Object.create(staging, {
      has: {
        value: async (...name: Parameters<Staging['has']>) => {
          writeFileSync(path, Buffer.alloc(3_000_000, 'y'));
          return await staging.has(...name);
        },
      },
      temporaryFile: { value: () => staging.temporaryFile() },
    });
    const source = [{ path: '', folder: join(folder, 'source') }];
    expect(await failure(commitTree(meddling, source, { subject: REF }))).toMatchObject({
      code: 'BAD_TREE',
      message: `${path} changed while it was read`,
    });
  });

  it('stops at a signal with its reason', async () => {
    writeSmallTree();
    const reason = new Error('enough');
    await expect(commit(undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the notes of a folder', () => {
  const notesFolder = (): string => join(folder, 'notes');
  const notesFile = (): string => join(notesFolder(), readdirSync(notesFolder())[0] ?? '');
  /** As if it were a minute later: what is there has settled then. */
  const later = (): Promise<CommittedTree> =>
    commit(undefined, { notesFolder: notesFolder(), now: () => Date.now() + 60_000 });
  const atOnce = (): Promise<CommittedTree> => commit(undefined, { notesFolder: notesFolder() });

  it('stand for files that did not change', async () => {
    write('source/a', 'A');
    write('source/b', 'B');
    await later();
    const [first, a = '', b = ''] = readFileSync(notesFile(), 'latin1').trimEnd().split('\n');
    // With the ids of the two exchanged nobody who reads the files would make this of them.
    const exchanged = [first, b.slice(0, 64) + a.slice(64), a.slice(0, 64) + b.slice(64), ''];
    writeFileSync(notesFile(), exchanged.join('\n'));
    expect(await later()).toMatchObject({ files: 2, newFiles: 0 });
    expect(ostree('cat', REF, '/a')).toBe('B');
  });

  it('are of no use without the object', async () => {
    write('source/a', 'A');
    const { commit: id } = await later();
    const { files } = decodeDirTree(
      (await repository.readMetadata({ id: (await repository.readCommit(id)).dirtree, kind: 'dirtree' })) ??
        new Uint8Array(),
    );
    rmSync(join(repository.folder, objectPath({ id: files[0]?.file ?? '', kind: 'filez' })));
    expect(await later()).toMatchObject({ newFiles: 1 });
    ostree('fsck');
  });

  it('leave out what was written a moment ago, and so what could change again unseen', async () => {
    write('source/a', 'A');
    utimesSync(join(folder, 'source/a'), 1000, 1000); // its change time is new all the same
    await atOnce();
    expect(readFileSync(notesFile(), 'utf8')).toBe('slipway files 1\n');
  });

  it('never make a changed file pass for what it was', async () => {
    write('source/a', 'before');
    const first = await later();
    write('source/a', 'after!');
    expect((await later()).commit).not.toBe(first.commit);
    expect(ostree('cat', REF, '/a')).toBe('after!');
    chmodSync(join(folder, 'source/a'), 0o600);
    await later();
    expect(ostree('ls', REF, '/a')).toMatch(/^-00600/);
  });

  it('are left alone where they are damaged', async () => {
    write('source/a', 'A');
    await later();
    writeFileSync(notesFile(), 'slipway files 1\nhalf a li');
    expect((await later()).files).toBe(1);
  });
});

describe('checkoutTree', () => {
  it('writes what ostree committed, byte for byte, with modes and links', async () => {
    writeSmallTree();
    ostree('commit', '-b', REF, '--owner-uid=0', '--owner-gid=0', join(folder, 'source'));
    const id = ostree('rev-parse', REF).trim();
    const out = join(folder, 'deep/er/out');
    expect(await checkoutTree(repository, id, out)).toMatchObject({ files: 7, links: 2, folders: 4 });
    expect(contentsOf(out)).toEqual(contentsOf(join(folder, 'source')));
  });

  it('writes a part of a tree', async () => {
    writeSmallTree();
    const { commit: id } = await commit([{ path: 'files', folder: join(folder, 'source') }]);
    await checkoutTree(repository, id, join(folder, 'out'), { subpath: 'files/lib' });
    expect(contentsOf(join(folder, 'out'))).toEqual(contentsOf(join(folder, 'source/lib')));
  });

  it('says what there is instead of a path that leads nowhere', async () => {
    write('source/a/b', 'x');
    const { commit: id } = await commit();
    const at = (subpath: string): Promise<CacheError> =>
      failure(checkoutTree(repository, id, join(folder, 'out'), { subpath }));
    expect(await at('a/c')).toMatchObject({ message: 'there is no a/c in the artifact', hint: 'a has b.' });
    expect((await at('a/b')).message).toMatch(/a\/b is a file of the artifact/);
    expect((await at('a/b/c')).message).toMatch(/a\/b is a file of the artifact/);
    expect((await at('../a')).message).toMatch(/there is no \.\.\/a/);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('leaves a folder alone that is not empty, and replaces it where it is told to', async () => {
    write('source/a', 'new');
    write('out/old', 'old');
    const { commit: id } = await commit();
    const { code, hint } = await failure(checkoutTree(repository, id, join(folder, 'out')));
    expect([code, hint]).toEqual(['BAD_TREE', '--force replaces it, and removes what is in it.']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['old']);
    await checkoutTree(repository, id, join(folder, 'out'), { force: true });
    expect(readdirSync(join(folder, 'out'))).toEqual(['a']);
    expect(readdirSync(folder).toSorted()).toEqual(['out', 'repo', 'source']);
  });

  it('refuses a target that is a file, with force as well', async () => {
    write('source/a', 'new');
    write('out', 'a file');
    const { commit: id } = await commit();
    const { message } = await failure(checkoutTree(repository, id, join(folder, 'out'), { force: true }));
    expect(message).toMatch(/out is there already, and is no folder/);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('a file');
  });

  it('fills the folder that a link of the user leads to', async () => {
    write('source/a', 'new');
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'out'));
    const { commit: id } = await commit();
    await checkoutTree(repository, id, join(folder, 'out'));
    expect(readdirSync(join(folder, 'real'))).toEqual(['a']);
    expect(lstatSync(join(folder, 'out')).isSymbolicLink()).toBe(true);
  });

  it('leaves set-user-id and set-group-id bits out, and nothing else', async () => {
    write('source/tool', 'x');
    chmodSync(join(folder, 'source/tool'), 0o6755);
    mkdirSync(join(folder, 'source/shared'));
    chmodSync(join(folder, 'source/shared'), 0o3777);
    const { commit: id } = await commit();
    await checkoutTree(repository, id, join(folder, 'out'));
    expect(contentsOf(join(folder, 'out'))).toMatchObject({ tool: 'file 755 eA==', shared: 'folder 1777' });
  });

  it('leaves nothing where an object is damaged, or is not there', async () => {
    write('source/a', 'A');
    write('source/b', Buffer.alloc(2_000_000, 'b'));
    const { commit: id } = await commit();
    const objects = join(repository.folder, 'objects');
    const files = readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.filez'),
    );
    for (const file of files) {
      const path = join(objects, file);
      const whole = readFileSync(path);
      const damaged = Buffer.from(whole);
      damaged[damaged.length - 3] = (damaged[damaged.length - 3] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      expect((await failure(checkoutTree(repository, id, join(folder, 'out')))).code).toBe('CORRUPT_OBJECT');
      rmSync(path);
      expect((await failure(checkoutTree(repository, id, join(folder, 'out')))).code).toBe('MISSING_OBJECT');
      writeFileSync(path, whole);
    }
    expect(readdirSync(folder).toSorted()).toEqual(['repo', 'source']);
    await checkoutTree(repository, id, join(folder, 'out'));
  });

  it('stops at a signal, and leaves nothing', async () => {
    writeSmallTree();
    const { commit: id } = await commit();
    const reason = new Error('enough');
    const stopped = checkoutTree(repository, id, join(folder, 'out'), { signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
    expect(readdirSync(folder).toSorted()).toEqual(['repo', 'source']);
  });

  it('hears a signal among small files as well', async () => {
    for (let i = 0; i < 500; i += 1) write(`source/${i}`, `file ${i}`);
    const { commit: id } = await commit();
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 1);
    const stopped = checkoutTree(repository, id, join(folder, 'out'), { signal: controller.signal });
    await expect(stopped).rejects.toBe(reason);
    expect(readdirSync(folder).toSorted()).toEqual(['repo', 'source']);
  });
});

describe('a hostile tree', () => {
  /** A file object made by hand. */
  async function fileOf(
    staging: Staging,
    content: string,
    mode = 0o100644,
    target?: string,
  ): Promise<string> {
    const path = await staging.temporaryFile();
    const header = { sizeBytes: content.length, uid: 0, gid: 0, mode, xattrs: [], ...(target && { target }) };
    const { name } = await writeFilez(path, header, Buffer.from(content));
    await staging.adopt(name, path);
    return name.id;
  }

  const dirmetaOf = async (staging: Staging): Promise<string> =>
    (await staging.addMetadata('dirmeta', encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] }))).id;

  async function publish(staging: Staging, dirtree: string): Promise<string> {
    const bytes = encodeCommit({
      subject: '',
      body: '',
      timestampSeconds: 0,
      dirtree,
      dirmeta: await dirmetaOf(staging),
      metadata: new Uint8Array(),
      related: new Uint8Array(),
    });
    const { id } = await staging.addMetadata('commit', bytes);
    await staging.publish([{ ref: REF, commit: id }]);
    return id;
  }

  /** As a hostile writer would have it: our own encoder refuses such names. */
  const renamed = (bytes: Buffer, from: string, to: string): Buffer =>
    Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

  it.each(['..', 'a/b', './', '/x'])('with the name %j writes nothing', async (name) => {
    await using staging = await repository.openStaging();
    const file = await fileOf(staging, 'evil');
    const honest = encodeDirTree({ files: [{ name: 'x'.repeat(name.length), file }], directories: [] });
    const bytes = renamed(honest, 'x'.repeat(name.length), name);
    const error = await failure(
      staging.addMetadata('dirtree', bytes).then(async ({ id }) => {
        const commitId = await publish(staging, id);
        await checkoutTree(repository, commitId, join(folder, 'out'));
      }),
    );
    expect(error.code).toBe('CORRUPT_OBJECT');
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('with a folder that names itself many times over ends at the limit', async () => {
    await using staging = await repository.openStaging();
    const dirmeta = await dirmetaOf(staging);
    let dirtree = (await staging.addMetadata('dirtree', encodeDirTree({ files: [], directories: [] }))).id;
    for (let i = 0; i < 40; i += 1) {
      const directories = ['a', 'b', 'c'].map((name) => ({ name, dirtree, dirmeta }));
      dirtree = (await staging.addMetadata('dirtree', encodeDirTree({ files: [], directories }))).id;
    }
    const id = await publish(staging, dirtree);
    const limits = { maxEntries: 1000 };
    expect((await failure(checkoutTree(repository, id, join(folder, 'out'), limits))).code).toBe('TOO_LARGE');
    const shallow = { maxDepth: 30 };
    expect((await failure(checkoutTree(repository, id, join(folder, 'out'), shallow))).code).toBe(
      'TOO_LARGE',
    );
    expect(readdirSync(folder)).toEqual(['repo']);
  });

  it('with links to elsewhere gives links, and writes through none', async () => {
    await using staging = await repository.openStaging();
    mkdirSync(join(folder, 'victim'));
    const link = await fileOf(staging, '', 0o120777, join(folder, 'victim'));
    const file = await fileOf(staging, 'evil');
    const dirmeta = await dirmetaOf(staging);
    const inner = encodeDirTree({ files: [{ name: 'x', file }], directories: [] });
    const { id: dirtree } = await staging.addMetadata('dirtree', inner);
    const root = encodeDirTree({
      files: [{ name: 'a', file: link }],
      directories: [{ name: 'a2', dirtree, dirmeta }],
    });
    const id = await publish(staging, (await staging.addMetadata('dirtree', root)).id);
    await checkoutTree(repository, id, join(folder, 'out'));
    expect(readlinkSync(join(folder, 'out/a'))).toBe(join(folder, 'victim'));
    expect(readdirSync(join(folder, 'victim'))).toEqual([]);
  });
});

describe('readTreeFile', () => {
  it('gives content of any size', async () => {
    const large = Buffer.concat([randomBytes(1_100_000), Buffer.alloc(1_000_000)]);
    write('source/a/large', large);
    write('source/a/empty', '');
    const { commit: id } = await commit();
    for (const [name, expected] of [
      ['large', large],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      await using file = await readTreeFile(repository, id, `a/${name}`);
      const pieces: Buffer[] = [];
      for await (const piece of file.content) pieces.push(piece);
      expect(file.header).toMatchObject({ sizeBytes: expected.length, mode: 0o100644 });
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
    }
  });

  it('refuses folders and links', async () => {
    writeSmallTree();
    const { commit: id } = await commit();
    expect((await failure(readTreeFile(repository, id, 'lib'))).message).toBe('lib is a folder, and no file');
    expect((await failure(readTreeFile(repository, id, 'lib/link'))).message).toBe(
      'lib/link is a symbolic link to ../empty, and no file',
    );
  });
});

const NAME = fc
  .string({ unit: anyCharacter, minLength: 1, maxLength: 12 })
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..' && name.isWellFormed());

type Tree = { readonly [name: string]: string | Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(NAME, fc.oneof({ maxDepth: 3 }, fc.string({ maxLength: 50 }), tie('tree')), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
}));

function writeTree(root: string, content: Tree): void {
  mkdirSync(root, { recursive: true });
  for (const [name, each] of Object.entries(content)) {
    if (typeof each !== 'string') writeTree(`${root}/${name}`, each);
    else writeFileSync(`${root}/${name}`, each);
  }
}

describe('any tree', () => {
  it('comes out as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (content) => {
        for (const name of ['source', 'out']) rmSync(join(folder, name), { recursive: true, force: true });
        writeTree(join(folder, 'source'), content);
        const { commit: id } = await commit();
        await checkoutTree(repository, id, join(folder, 'out'));
        expect(contentsOf(join(folder, 'out'))).toEqual(contentsOf(join(folder, 'source')));
      }),
      { numRuns: 12 },
    );
    ostree('fsck');
  });
});
