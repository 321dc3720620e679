import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, inTurn, ms, PROGRAM, pipelineOf, project, type Row } from './measure.ts';

const ROUNDS = 9;
const OUTPUT_BYTES = 1_000_000;

const CODE = [
  'cat $(find . -name "*.ts") >/dev/null',
  `head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x >"$WERCKER_OUTPUT_DIR/out"`,
  'echo built',
].join('; ');

const sourceOf = (files: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: files }, (_, i) => [
      `src/part-${i % 50}/module-${i}.ts`,
      `export const n = ${i};\n`.repeat(20),
    ]),
  );

/** A hit on a cached pipeline, the whole process, against the same pipeline run for real. */
export async function cached(files: number): Promise<Row> {
  using work = project({ 'wercker.yml': pipelineOf([CODE]), ...sourceOf(files) });
  const data = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const slipway = (...words: string[]): string =>
    execFileSync(PROGRAM, words, {
      cwd: work.folder,
      env: { ...process.env, SLIPWAY_DATA_DIR: data },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    const lines = slipway('build', '--cache', '--output', 'json');
    if (!lines.includes('"cache-saved"')) throw new Error('nothing was kept in the cache');
    const hit = async (): Promise<void> => {
      if (!slipway('build', '--cache', '--output', 'json').includes('"cache-hit"'))
        throw new Error('it was no hit');
    };
    const real = async (): Promise<void> => {
      slipway('build', '--artifacts', '--output', 'json');
    };
    const [ours, theirs] = await inTurn(ROUNDS, hit, real);
    if (ours === undefined || theirs === undefined) throw new Error('nothing was measured');
    const { a, b } = compare(ours, theirs);
    return {
      figure: `a hit with ${files} source files and 1 MB of output`,
      slipway: ms(a),
      peer: `run for real: ${ms(b)}`,
      target: '≤ 300 ms and the copy of the output',
    };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
