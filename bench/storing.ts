import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packFolder } from '../src/archive/index.ts';
import { storeArtifact } from '../src/artifacts/index.ts';
import { openStore } from '../src/store/index.ts';
import { compare, inTurn, ms, type Row, run } from './measure.ts';

const ROUNDS = 9;
const SMALL_FILES = 2000;
const LARGE_FILES = 10;
const LARGE_BYTES = 10_000_000;

/** An output as a build leaves it: 2,000 small files in 40 folders, and 100 MB in ten large ones, none of which compresses. */
function writeOutput(folder: string): void {
  for (let i = 0; i < SMALL_FILES; i += 1) {
    const parent = join(folder, `lib-${i % 40}`);
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `module-${i}.js`), randomBytes(500 + ((i * 37) % 7000)));
  }
  for (let i = 0; i < LARGE_FILES; i += 1)
    writeFileSync(join(folder, `asset-${i}.bin`), randomBytes(LARGE_BYTES));
}

/** Keeping an output with its manifest, every digest and CRC-32, against `tar` and `sync` of the same folder to the same disk. */
export async function storing(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const output = join(folder, 'output');
    writeOutput(output);
    await using store = await openStore({ type: 'folder', folder: join(folder, 'store') });
    // What was written goes away in between: memory that a machine never had before costs more than a disk.
    const ours = async (): Promise<() => Promise<unknown>> => {
      const key = 'project-artifacts/app/1/output.tar';
      const stream = packFolder(output, { name: 'output' });
      const about = { runId: '1', name: 'output', fileName: 'output.tar' };
      await storeArtifact({ store, key, ...about, content: { stream }, format: 'tar' });
      return () => store.remove(key);
    };
    const tar = join(folder, 'output.tar');
    const theirs = async (): Promise<() => void> => {
      await run('sh', ['-c', 'tar cf "$1" -C "$0" output && sync "$1"', folder, tar]);
      return () => rmSync(tar);
    };
    const [slipway, peer] = await inTurn(ROUNDS, ours, theirs);
    if (slipway === undefined || peer === undefined) throw new Error('nothing was measured');
    const { a, b, ratio } = compare(slipway, peer);
    return {
      figure: 'storing 100 MB and 2,000 small files',
      slipway: `${ms(a)}: ${(1 / ratio).toFixed(2)}× of its speed`,
      peer: `tar and sync ${ms(b)}`,
      target: '≥ 0.8×',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
