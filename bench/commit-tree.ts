import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkoutTree,
  commitTree,
  initRepository,
  openRepository,
  type Repository,
} from '../src/cache/index.ts';
import { compare, inTurn, median, ms, type Row, run } from './measure.ts';

const ROUNDS = 5;
const FILES = 2000;
const FILE_BYTES = 50_000;
const REF = 'project/element/1';

/** 2,000 files with 100 MB, every second one of bytes that do not compress, and 50 links. */
function writeTree(folder: string): void {
  const text = Buffer.from(
    Array.from({ length: 5000 }, (_, i) => `${(i * 7919) % 10_007} is line ${i} of this module\n`).join(''),
  );
  for (let i = 0; i < FILES; i += 1) {
    const parent = join(folder, `lib-${i % 40}`);
    mkdirSync(parent, { recursive: true });
    const from = (i * 101) % (text.length - FILE_BYTES);
    const words = Buffer.from(text.subarray(from, from + FILE_BYTES));
    words.write(`file ${i}\n`);
    writeFileSync(join(parent, `module-${i}`), i % 2 === 0 ? words : randomBytes(FILE_BYTES));
    if (i % 40 === 0) symlinkSync(`module-${i}`, join(parent, `link-${i}`));
  }
}

async function commit(repository: Repository, folder: string, notesFolder?: string): Promise<string> {
  await using staging = await repository.openStaging();
  const options = { subject: REF, ...(notesFolder !== undefined && { notesFolder }) };
  const committed = await commitTree(staging, [{ path: '', folder }], options);
  await staging.publish([{ ref: REF, commit: committed.commit }]);
  return committed.commit;
}

interface Places {
  readonly source: string;
  readonly ours: string;
  readonly theirs: string;
  readonly out: string;
}

const THEIR_WORDS = ['--owner-uid=0', '--owner-gid=0', '--no-xattrs', '-b', REF];

/** A folder into an empty repository, what is there compressed, hashed and on the disk afterwards. */
async function commits({ source, ours, theirs }: Places): Promise<Row> {
  const slipway = async (): Promise<() => void> => {
    await initRepository(ours);
    await using repository = await openRepository(ours);
    await commit(repository, source);
    return () => rmSync(ours, { recursive: true });
  };
  const ostree = async (): Promise<() => void> => {
    await run('ostree', ['init', `--repo=${theirs}`, '--mode=archive']);
    await run('ostree', ['commit', `--repo=${theirs}`, ...THEIR_WORDS, source]);
    return () => rmSync(theirs, { recursive: true });
  };
  const [a = [], b = []] = await inTurn(ROUNDS, slipway, ostree);
  const compared = compare(a, b);
  return {
    figure: 'commit of 2,000 files, 100 MB',
    slipway: `${ms(compared.a)}: ${(1 / compared.ratio).toFixed(2)}× as fast`,
    peer: `ostree commit ${ms(compared.b)}`,
    target: '≥ 1×',
  };
}

/** The same folder again: with what was noted of it, and without. */
async function again({ source, ours }: Places): Promise<Row> {
  await initRepository(ours);
  await using repository = await openRepository(ours);
  const notes = join(ours, '.slipway/trees');
  await commit(repository, source, notes);
  const [noted = [], read = []] = await inTurn(
    ROUNDS,
    () => commit(repository, source, notes),
    () => commit(repository, source),
  );
  return {
    figure: 'the same commit again, nothing changed',
    slipway: ms(median(noted)),
    peer: `every file read again ${ms(median(read))}`,
    target: '',
  };
}

/** Into a folder that is not there, each digest checked, which `ostree` does not; without its cache of files to link to. */
async function checkouts({ source, ours, theirs, out }: Places): Promise<Row> {
  await using repository = await openRepository(ours);
  const id = await commit(repository, source);
  await run('ostree', ['init', `--repo=${theirs}`, '--mode=archive']);
  await run('ostree', ['commit', `--repo=${theirs}`, ...THEIR_WORDS, source]);
  const remove = (): void => rmSync(out, { recursive: true });
  const slipway = async (): Promise<() => void> => {
    await checkoutTree(repository, id, out);
    return remove;
  };
  const ostree = async (): Promise<() => void> => {
    await run('ostree', ['checkout', '-U', '--disable-cache', `--repo=${theirs}`, REF, out]);
    return remove;
  };
  const [a = [], b = []] = await inTurn(ROUNDS, slipway, ostree);
  const compared = compare(a, b);
  return {
    figure: 'checkout of 2,000 files, 100 MB',
    slipway: `${ms(compared.a)}: ${(1 / compared.ratio).toFixed(2)}× as fast`,
    peer: `ostree checkout -U ${ms(compared.b)}`,
    target: '≥ 1×',
  };
}

/** Folders into commits and out again, beside the real `ostree` with a repository of the same kind. */
export async function commitTrees(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const places: Places = {
    source: join(folder, 'source'),
    ours: join(folder, 'ours'),
    theirs: join(folder, 'theirs'),
    out: join(folder, 'out'),
  };
  try {
    writeTree(places.source);
    return [await commits(places), await again(places), await checkouts(places)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
