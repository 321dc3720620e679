import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkObject,
  compareText,
  decodeCommit,
  decodeDirMeta,
  decodeDirTree,
  decodeFilez,
  decodeSummary,
  encodeCommit,
  encodeDirMeta,
  encodeDirTree,
  encodeHashedHeader,
  encodeStoredHeader,
  encodeSummary,
  type ObjectName,
  objectFileName,
  objectId,
  objectPath,
  parseObjectFileName,
  walkCommit,
  writeFilez,
} from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-ostree-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MAX = 1024 ** 3;
const repo = join(root, 'theirs');
const ostree = (...args: string[]) => execFileSync('ostree', args, { encoding: 'utf8', maxBuffer: MAX });

const SETXATTR = { x64: 188, arm64: 5 }[process.arch as 'x64' | 'arm64'];

/** Node cannot set them, `setfattr` is not there by default, and perl always is. */
function setAttribute(path: string, name: string, value: string) {
  const script =
    'syscall(shift(@ARGV) + 0, $ARGV[0], $ARGV[1], $ARGV[2], length($ARGV[2]), 0) == 0 or die $!';
  execFileSync('perl', ['-e', script, String(SETXATTR), path, name, value]);
}

/** A tree with what trees have in them. */
function makeTree(folder: string) {
  mkdirSync(join(folder, 'empty folder'), { recursive: true });
  mkdirSync(join(folder, 'many'));
  for (let index = 0; index < 700; index++)
    writeFileSync(join(folder, 'many', `file-${index}`), `${index % 50}\n`);
  mkdirSync(join(folder, 'a/b/c/d'), { recursive: true, mode: 0o700 });
  chmodSync(join(folder, 'a'), 0o1777);
  writeFileSync(join(folder, 'a/b/c/d/deep'), 'deep');
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'naïve – 名前 \u{1f680}'), 'name');
  writeFileSync(join(folder, '\uffee before astral'), 'name');
  writeFileSync(join(folder, 'with spaces\nand "quotes"'), 'name');
  writeFileSync(join(folder, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  chmodSync(join(folder, 'program'), 0o4755);
  writeFileSync(join(folder, 'large'), Buffer.concat([randomBytes(5_000_000), Buffer.alloc(5_000_000, 'x')]));
  symlinkSync('../elsewhere/ü', join(folder, 'link'));
  symlinkSync('many', join(folder, 'link-to-folder'));
  setAttribute(join(folder, 'program'), 'user.b', 'second');
  setAttribute(join(folder, 'program'), 'user.a', 'first\n');
  setAttribute(join(folder, 'many'), 'user.folder', 'x');
}

const read = (name: ObjectName, from = repo) => readFileSync(join(from, objectPath(name)));
const reader = {
  readMetadata: async (name: ObjectName) =>
    existsSync(join(repo, objectPath(name))) ? read(name) : undefined,
};

function objectsOf(folder: string): ObjectName[] {
  const objects = join(folder, 'objects');
  return readdirSync(objects)
    .flatMap((two) => readdirSync(join(objects, two)).map((rest) => parseObjectFileName(two + rest)))
    .filter((name) => name !== undefined)
    .sort((a, b) => (objectFileName(a) < objectFileName(b) ? -1 : 1));
}

let commit = '';
beforeAll(() => {
  makeTree(join(root, 'tree'));
  ostree('init', '--mode=archive', `--repo=${repo}`);
  const facts = ['--subject=p/e/k', '--timestamp=2018-01-15T00:00:00Z', '--owner-uid=0', '--owner-gid=0'];
  commit = ostree(
    'commit',
    `--repo=${repo}`,
    '-b',
    'p/e/k',
    ...facts,
    `--tree=dir=${join(root, 'tree')}`,
  ).trim();
  ostree(
    'commit',
    `--repo=${repo}`,
    '-b',
    'p/e/annotated',
    '--parent',
    commit,
    '--add-metadata-string=version=1',
    `--tree=dir=${join(root, 'tree/a')}`,
  );
  ostree('summary', '-u', `--repo=${repo}`);
});

describe('a repository of the real ostree', () => {
  test('holds only objects that pass every check', () => {
    const names = objectsOf(repo);
    expect(names.length).toBeGreaterThan(60);
    for (const name of names) checkObject(name, read(name), MAX);
  });

  test('has metadata that would be written byte for byte as it is', () => {
    const again = {
      commit: (bytes: Buffer) => encodeCommit(decodeCommit(bytes)),
      dirtree: (bytes: Buffer) => encodeDirTree(decodeDirTree(bytes)),
      dirmeta: (bytes: Buffer) => encodeDirMeta(decodeDirMeta(bytes)),
    };
    for (const name of objectsOf(repo)) {
      if (name.kind === 'filez' || name.kind === 'commitmeta') continue;
      expect(again[name.kind](read(name)).equals(read(name)), objectFileName(name)).toBe(true);
    }
  });

  test('has files whose headers would be written as they are, links byte for byte', () => {
    for (const name of objectsOf(repo).filter(({ kind }) => kind === 'filez')) {
      const stored = read(name);
      const { header, content } = decodeFilez(stored);
      const head = encodeStoredHeader(header);
      expect(stored.subarray(0, head.length).equals(head)).toBe(true);
      expect(objectId(Buffer.concat([encodeHashedHeader(header), content]))).toBe(name.id);
      if (header.target !== undefined || content.length === 0)
        expect(stored.length - head.length).toBe(header.target === undefined ? 2 : 0);
    }
  });

  test('has the attributes of files and folders in it', () => {
    const attributes = objectsOf(repo).flatMap((name) => {
      if (name.kind === 'filez') return decodeFilez(read(name)).header.xattrs;
      return name.kind === 'dirmeta' ? decodeDirMeta(read(name)).xattrs : [];
    });
    const names = attributes.map((attribute) => Buffer.from(attribute.name).toString());
    expect(names.sort()).toEqual(expect.arrayContaining(['user.a', 'user.b', 'user.folder']));
  });

  test('has a commit that says what was committed', () => {
    const { subject, timestampSeconds, parent } = decodeCommit(read({ id: commit, kind: 'commit' }));
    expect({ subject, timestampSeconds, parent }).toEqual({
      subject: 'p/e/k',
      timestampSeconds: 1515974400,
      parent: undefined,
    });
  });

  test('is walked completely from its refs', async () => {
    const { refs } = decodeSummary(readFileSync(join(repo, 'summary')));
    const names: ObjectName[] = [];
    for await (const name of walkCommit(
      reader,
      refs.map((ref) => ref.commit),
    ))
      names.push(name);
    expect(names.slice(0, 1)).toEqual([{ id: refs[0]?.commit, kind: 'commit' }]);
    expect(names.map(objectFileName).sort(compareText)).toEqual(objectsOf(repo).map(objectFileName));
  });

  test('has a summary that tells refs, sizes and times', () => {
    const { refs, lastModifiedSeconds } = decodeSummary(readFileSync(join(repo, 'summary')));
    expect(refs.map(({ ref }) => ref)).toEqual(['p/e/annotated', 'p/e/k']);
    expect(refs[1]).toMatchObject({
      commit,
      timestampSeconds: 1515974400,
      commitSizeBytes: read({ id: commit, kind: 'commit' }).length,
    });
    expect(lastModifiedSeconds).toBeGreaterThan(1_500_000_000);
  });
});

describe('a repository that Slipway wrote', () => {
  const ours = join(root, 'ours');

  function store(name: ObjectName, bytes: Uint8Array) {
    mkdirSync(dirname(join(ours, objectPath(name))), { recursive: true });
    writeFileSync(join(ours, objectPath(name)), bytes);
  }

  beforeAll(async () => {
    ostree('init', '--mode=archive', `--repo=${ours}`);
    const written = join(root, 'written');
    for (const name of objectsOf(repo)) {
      const bytes = read(name);
      if (name.kind === 'filez') {
        const { header, content } = decodeFilez(bytes);
        expect((await writeFilez(written, header, content)).name).toEqual(name);
        store(name, readFileSync(written));
      } else if (name.kind === 'commit') store(name, encodeCommit(decodeCommit(bytes)));
      else if (name.kind === 'dirtree') store(name, encodeDirTree(decodeDirTree(bytes)));
      else store(name, encodeDirMeta(decodeDirMeta(bytes)));
    }
    mkdirSync(join(ours, 'refs/heads/p/e'), { recursive: true });
    writeFileSync(join(ours, 'refs/heads/p/e/k'), `${commit}\n`);
    const commitSizeBytes = read({ id: commit, kind: 'commit' }).length;
    const refs = [{ ref: 'p/e/k', commit, commitSizeBytes, timestampSeconds: 1515974400 }];
    writeFileSync(join(ours, 'summary'), encodeSummary({ refs, lastModifiedSeconds: 1_600_000_000 }));
  });

  test('passes fsck', () => {
    expect(ostree('fsck', `--repo=${ours}`)).toContain('no errors found');
  });

  test('is listed and read', () => {
    expect(ostree('ls', '-R', `--repo=${ours}`, commit)).toBe(ostree('ls', '-R', `--repo=${repo}`, commit));
    const cat = (from: string) =>
      execFileSync('ostree', ['cat', `--repo=${from}`, commit, '/large'], { maxBuffer: MAX });
    expect(cat(ours).equals(readFileSync(join(root, 'tree/large')))).toBe(true);
  });

  test('has a summary that is understood', () => {
    const shown = ostree('summary', '-v', `--repo=${ours}`);
    expect(shown).toContain(
      `* p/e/k\n    Latest Commit (${read({ id: commit, kind: 'commit' }).length} bytes):\n      ${commit}`,
    );
    expect(shown).toMatch(/Last-Modified.*2020-09-13/);
  });

  test('is pulled by its summary into a repository that checks everything', () => {
    const pulled = join(root, 'pulled');
    ostree('init', '--mode=bare-user', `--repo=${pulled}`);
    ostree('remote', 'add', `--repo=${pulled}`, '--no-gpg-verify', 'origin', `file://${ours}`);
    ostree('pull', `--repo=${pulled}`, '--mirror', 'origin');
    expect(ostree('rev-parse', `--repo=${pulled}`, 'p/e/k').trim()).toBe(commit);
    ostree('fsck', `--repo=${pulled}`);
  });

  test('may be empty', () => {
    const empty = encodeSummary({ refs: [] });
    expect(decodeSummary(empty)).toEqual({ refs: [] });
    expect(decodeSummary(Buffer.alloc(0))).toEqual({ refs: [] });
    writeFileSync(join(ours, 'summary'), encodeSummary({ refs: [], lastModifiedSeconds: 1 }));
    expect(ostree('summary', '-v', `--repo=${ours}`)).not.toContain('Latest Commit');
  });
});
