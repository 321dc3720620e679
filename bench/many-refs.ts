import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { commitTree, initRepository, openRepository } from '../src/cache/index.ts';
import { openSshd, type Sshd } from '../test/support/sshd.ts';
import { startCacheServer } from './cache-servers.ts';
import { compare, inTurn, ms, PROGRAM, type Row, run } from './measure.ts';

const ROUNDS = 7;
const REFS = 50_000;
const FILES = 20;
const RECEIVER = resolve(import.meta.dirname, '../bin/bst-artifact-receive');
const HOST = '127.0.0.1';

const refOf = (round: number): string => `bench/small/${String(round).padStart(64, '0')}`;

/** How refs can be divided: a hundred artifacts of each element, or two. */
const LAYOUTS = [
  { elements: 500, where: '50,000 refs in 500 folders' },
  { elements: 25_000, where: '50,000 refs in 25,000 folders' },
] as const;

/** A push and a pull of one small artifact, with a cache that has 50,000 refs beside an empty one. */
export async function manyRefs(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const from = join(folder, 'from');
  await using sshd = await openSshd();
  try {
    await writeSmallArtifacts(from);
    const rows: Row[] = [];
    for (const { elements, where } of LAYOUTS) {
      const [empty, full] = [join(folder, `empty-${elements}`), join(folder, `full-${elements}`)];
      await initRepository(empty);
      await fill(full, elements);
      const caches = [full, empty] as const;
      rows.push(await pushes({ from, sshd, caches, where }), await pulls(folder, caches, where));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One for each round: what is pushed is new each time. */
async function writeSmallArtifacts(repository: string): Promise<void> {
  await initRepository(repository);
  await using opened = await openRepository(repository);
  const tree = join(repository, '../small');
  mkdirSync(tree);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (let file = 0; file < FILES; file += 1)
      writeFileSync(join(tree, `file-${file}`), `${round} ${file}\n`.repeat(50));
    await using staging = await opened.openStaging();
    const { commit } = await commitTree(staging, [{ path: 'files', folder: tree }], {
      subject: refOf(round),
    });
    await staging.publish([{ ref: refOf(round), commit }]);
  }
}

/** Refs as BuildStream names them, 105 characters each. */
const refName = (at: number, elements: number): string =>
  `a-project-of-some-size/element-${String(at % elements).padStart(8, '0')}/${at.toString(16).padStart(64, '0')}`;

/** One artifact, and 50,000 refs of it, put there as other programs put them: without waiting for the disk each time. */
async function fill(repository: string, elements: number): Promise<void> {
  await initRepository(repository);
  await using opened = await openRepository(repository);
  const tree = `${repository}-tree`;
  mkdirSync(tree);
  writeFileSync(join(tree, 'file'), 'one of many\n');
  await using staging = await opened.openStaging();
  const { commit } = await commitTree(staging, [{ path: 'files', folder: tree }], { subject: 'many' });
  await staging.publish([{ ref: refName(0, elements), commit }]);
  const heads = join(repository, 'refs/heads');
  for (let at = 0; at < elements; at += 1)
    mkdirSync(dirname(join(heads, refName(at, elements))), { recursive: true });
  for (let at = 1; at < REFS; at += 1) writeFileSync(join(heads, refName(at, elements)), `${commit}\n`);
  await opened.refreshSummary();
}

interface Pushing {
  readonly from: string;
  readonly sshd: Sshd;
  /** The full one, and the empty one. */
  readonly caches: readonly [string, string];
  readonly where: string;
}

async function pushes({ from, sshd, caches, where }: Pushing): Promise<Row> {
  const rounds = [0, 0];
  const pushTo = (at: 0 | 1) => {
    const key = sshd.addKey(`restrict,command="${RECEIVER} ${caches[at]}"`);
    return async () => {
      const ref = refOf(rounds[at] ?? 0);
      rounds[at] = (rounds[at] ?? 0) + 1;
      const words = ['cache', 'push', '--repository', from, ref, '--push-url', `${HOST}:artifacts`];
      await run('env', [`SLIPWAY_SSH=ssh ${key.words.join(' ')}`, PROGRAM, ...words]);
    };
  };
  const [full = [], empty = []] = await inTurn(ROUNDS, pushTo(0), pushTo(1));
  return row(`push of a small artifact to a cache with ${where}`, full, empty);
}

async function pulls(folder: string, [full, empty]: readonly [string, string], where: string): Promise<Row> {
  await using fullServer = await startCacheServer(full);
  await using emptyServer = await startCacheServer(empty);
  const rounds = [0, 0];
  const data = join(folder, 'data');
  const pullFrom = (at: 0 | 1, url: string) => async () => {
    const ref = refOf(rounds[at] ?? 0);
    rounds[at] = (rounds[at] ?? 0) + 1;
    await run('env', [`SLIPWAY_DATA_DIR=${data}`, PROGRAM, 'cache', 'pull', ref, '--pull-url', url]);
    return () => rmSync(data, { recursive: true });
  };
  const [many = [], few = []] = await inTurn(
    ROUNDS,
    pullFrom(0, fullServer.url),
    pullFrom(1, emptyServer.url),
  );
  return row(`pull of a small artifact from a cache with ${where}`, many, few);
}

function row(figure: string, full: readonly number[], empty: readonly number[]): Row {
  const { a, b, ratio } = compare(full, empty);
  return { figure, slipway: ms(a), peer: `an empty one ${ms(b)}: ${ratio.toFixed(2)}×`, target: '≤ 2×' };
}
