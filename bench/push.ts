import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { askReceiver, commitTree, initRepository, openRepository, parsePushUrl } from '../src/cache/index.ts';
import { openSshd, type Sshd } from '../test/support/sshd.ts';
import { compare, inTurn, median, ms, PROGRAM, type Row, run } from './measure.ts';

const ROUNDS = 5;
const FILES = 2000;
const FILE_BYTES = 50_000;
const CHANGED = 20; // one in a hundred
const RECEIVER = resolve(import.meta.dirname, '../bin/bst-artifact-receive');
/** What BuildStream 1.0.1 takes for the same: its own preparation, and its push over ssh. */
const ORIGINAL_MS = 3000;
const ORIGINAL_START_MS = 200;
const HOST = '127.0.0.1';

/** Half of the files are noise, half are words: 100 MB that are kept in 70. */
function writeTree(folder: string): void {
  const words = Array.from({ length: 4000 }, () => randomBytes(4).toString('hex'));
  const text = (i: number): string => {
    const some = Array.from(
      { length: FILE_BYTES / 8 },
      (_, j) => words[(i * 7919 + j * j * 31) % words.length],
    );
    return some.join(' ').slice(0, FILE_BYTES);
  };
  for (let i = 0; i < FILES; i += 1) {
    const parent = join(folder, `part-${i % 50}`);
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file-${i}`), i % 2 === 0 ? text(i) : randomBytes(FILE_BYTES));
  }
  for (let i = 0; i < 50; i += 1) symlinkSync('file-0', join(folder, `part-${i}`, 'link'));
}

function changeSome(folder: string): void {
  for (let i = 0; i < CHANGED; i += 1) {
    writeFileSync(join(folder, `part-${i % 50}`, `file-${i}`), randomBytes(FILE_BYTES));
  }
}

/** Two artifacts in one repository: a tree, and the same with one file in a hundred changed. */
export async function writeArtifacts(folder: string): Promise<string> {
  const [tree, repository] = [join(folder, 'tree'), join(folder, 'from')];
  await initRepository(repository);
  await using from = await openRepository(repository);
  for (const [ref, write] of [
    ['bench/tree/full', writeTree],
    ['bench/tree/changed', changeSome],
  ] as const) {
    write(tree);
    await using staging = await from.openStaging();
    const { commit } = await commitTree(staging, [{ path: 'files', folder: tree }], { subject: ref });
    await staging.publish([{ ref, commit }]);
  }
  return repository;
}

interface Bench {
  readonly folder: string;
  /** Where artifacts are, and where they go. */
  readonly from: string;
  readonly to: string;
  readonly sshd: Sshd;
}

/** Pushes as a user does, the whole process, and gives the bytes that went. */
function createPush({ from, to, sshd }: Bench): (ref: string) => number {
  const key = sshd.addKey(`restrict,command="${RECEIVER} --verbose ${to}"`);
  const env = { ...process.env, SLIPWAY_SSH: ['ssh', ...key.words].join(' ') };
  return (ref) => {
    const words = ['cache', 'push', '--repository', from, ref, '--push-url', `${HOST}:artifacts`];
    const lines = execFileSync(PROGRAM, [...words, '--output', 'json'], { env, encoding: 'utf8' });
    const { sentBytes } = JSON.parse(lines.trim().split('\n').at(-1) ?? ''); // the line "pushed" is the last
    return sentBytes;
  };
}

/** All objects of the first artifact behind one another, for `cat`. */
async function writeStored(folder: string, repository: string): Promise<string> {
  const file = join(folder, 'stored');
  await run('sh', ['-c', 'find "$0/objects" -type f -print0 | xargs -0 cat >"$1"', repository, file]);
  return file;
}

/**
 * An empty cache in the place of the last one, which stays until the end: after thousands of files were deleted ext4 looks for
 * minutes at each of them before it makes new ones beside, and nobody who pushes has just removed such a cache.
 */
async function emptyCache(to: string): Promise<void> {
  if (existsSync(to)) renameSync(to, `${to}-${randomBytes(4).toString('hex')}`);
  await initRepository(to);
}

/** Pushes over a real sshd on this machine, beside `cat` of the same bytes and what ostree needs to prepare them. */
export async function push(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  await using sshd = await openSshd();
  try {
    const bench: Bench = { folder, from: await writeArtifacts(folder), to: join(folder, 'to'), sshd };
    return [...(await transfers(bench)), await startUp(bench)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function transfers(bench: Bench): Promise<Row[]> {
  const { folder, to, sshd } = bench;
  const pushRef = createPush(bench);
  await emptyCache(to);
  const fullBytes = pushRef('bench/tree/full');
  const stored = await writeStored(folder, to);
  await emptyCache(to);
  let changedBytes = 0;
  const script = `ssh ${sshd.words.join(' ')} ${HOST} 'cat >"${folder}/copied"' <"${stored}"`;
  const prepare = prepareAsTheOriginal(bench);
  const [cat = [], full = [], changed = [], prepared = []] = await inTurn(
    ROUNDS,
    () => run('sh', ['-c', script]),
    async () => void pushRef('bench/tree/full'),
    async () => {
      changedBytes = pushRef('bench/tree/changed');
      return () => emptyCache(to);
    },
    prepare,
  );
  const beside = compare(full, cat);
  const again = compare(full, changed);
  const theirs = prepared.length === 0 ? '' : `; ostree prepares it in ${ms(median(prepared))}`;
  return [
    {
      figure: 'push of 2,000 files, 100 MB, to an empty cache over ssh',
      slipway: `${ms(beside.a)}: ${beside.ratio.toFixed(2)}× of cat, ${(ORIGINAL_MS / beside.a).toFixed(1)}× as fast as the original`,
      peer: `ssh cat of the same bytes ${ms(beside.b)}${theirs}; the original ${ms(ORIGINAL_MS)}, on a quiet machine`,
      target: '≤ 1.3× of cat, ≥ 3× as fast as the original',
    },
    {
      figure: 'push after changing 1 % of the files',
      slipway: `${ms(again.b)}, ${((changedBytes * 100) / fullBytes).toFixed(1)} % of the bytes`,
      peer: `a full one ${ms(again.a)}: ${again.ratio.toFixed(1)}×; the original sends all of it again`,
      target: '≤ 5 % of the bytes, ≥ 5× as fast',
    },
  ];
}

/** What a client of the original does before it sends anything: its cache is not compressed, what is sent is. */
function prepareAsTheOriginal({ folder, from }: Bench): () => Promise<unknown> {
  const [bare, archive] = [join(folder, 'bare'), join(folder, 'archive')];
  if (spawnSync('ostree', ['--version']).error !== undefined) return async () => {};
  execFileSync('ostree', [`--repo=${bare}`, 'init', '--mode=bare-user']);
  execFileSync('ostree', [`--repo=${bare}`, 'pull-local', from, 'bench/tree/full']);
  return async () => {
    await run('ostree', [`--repo=${archive}`, 'init', '--mode=archive']);
    await run('ostree', [`--repo=${archive}`, 'pull-local', bare, 'bench/tree/full']);
    return () => renameSync(archive, `${archive}-${randomBytes(4).toString('hex')}`);
  };
}

/** From the start of the receiver to its end, with a hello between. */
async function startUp({ to }: Bench): Promise<Row> {
  const ssh = { program: 'sh', options: ['-c', `exec '${RECEIVER}' '${to}'`, 'sh'] };
  const [hello = [], python = []] = await inTurn(
    15,
    () => askReceiver(parsePushUrl(`${HOST}:artifacts`), { ssh }),
    () => run('python3', ['-c', 'import tarfile, argparse, subprocess, multiprocessing']),
  );
  return {
    figure: 'start of the receiver, a hello, and its end',
    slipway: ms(median(hello)),
    peer: `python with what the original's loads ${ms(median(python))}; the original's ${ms(ORIGINAL_START_MS)}`,
    target: 'no slower',
  };
}
