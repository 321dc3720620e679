import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { packItems } from '../src/archive/index.ts';
import { openEngine } from '../src/engine/index.ts';
import { BUSYBOX, compare, inTurn, ms, project, type Row, run } from './measure.ts';

const ROUNDS = 5;

/** A project of many files into the box: packed and sent in one go, against `docker cp` of a tar that is ready. */
export async function copyIn(files: number): Promise<Row> {
  const content = Array.from({ length: files }, (_, i) => [`d${i % 100}/f${i}`, randomBytes(2000)] as const);
  using work = project(Object.fromEntries(content));
  const tar = execFileSync('tar', ['-C', work.folder, '-cf', '-', '.'], { maxBuffer: 1 << 30 });
  const create = (): string =>
    execFileSync('docker', ['create', BUSYBOX, 'true'], { encoding: 'utf8' }).trim();
  // A fresh container for each, as in a run: to write over files that are there costs the engine something else.
  const ids = Array.from({ length: 2 * (ROUNDS + 1) }, create);
  const left = [...ids];
  const next = (): string => left.pop() ?? '';
  await using engine = await openEngine({ environment: process.env });
  try {
    const [slipway = [], docker = []] = await inTurn(
      ROUNDS,
      () => engine.copyIn(next(), '/tmp', packItems([{ type: 'tree', folder: work.folder, name: 'a' }])),
      () => run('docker', ['cp', '-', `${next()}:/tmp`], { input: tar }),
    );
    const { a, b, ratio } = compare(slipway, docker);
    return {
      figure: `${files.toLocaleString('en')} files into the box`,
      slipway: ms(a),
      peer: `docker cp of a tar: ${ms(b)} (${ratio.toFixed(2)}×)`,
      target: '≤ 1.0×',
    };
  } finally {
    execFileSync('docker', ['rm', '-f', ...ids]);
  }
}
