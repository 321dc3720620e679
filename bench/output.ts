import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BUSYBOX, compare, inTurn, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const BYTES = 100_000_000;
const PRINT = `yes "a line of output as programs print them" | head -c ${BYTES}`;
const ROUNDS = 5;

/** From the step's first byte to its last, as a reader of the program's standard output sees them. */
async function printThrough(folder: string): Promise<number> {
  const env = { ...process.env, XXX_TOKEN: 'a-secret-to-look-for' };
  const child = spawn(PROGRAM, ['build'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let bytes = 0;
  let first = 0;
  let last = 0;
  child.stdout.on('data', (piece: Buffer) => {
    last = performance.now();
    if (bytes === 0) first = last;
    bytes += piece.length;
  });
  const [code] = await once(child, 'close');
  if (code !== 0 || bytes !== BYTES) throw new Error(`exit code ${code} after ${bytes} bytes`);
  return last - first;
}

/** The same output into the engine's own log, without anybody who reads it. */
async function printToLog(): Promise<void> {
  await run('docker', ['run', '--rm', BUSYBOX, 'sh', '-c', PRINT]);
}

/** A hundred megabytes of output of a step, with a secret to look for, and the same into the engine's log. */
export async function output(): Promise<Row> {
  using work = project({ 'wercker.yml': pipelineOf([PRINT]) });
  const printed: number[] = [];
  const [, logged = []] = await inTurn(
    ROUNDS,
    async () => printed.push(await printThrough(work.folder)),
    printToLog,
  );
  const { a, b, ratio } = compare(printed.slice(1), logged); // the first round is not counted
  return {
    figure: '100 MB of step output, masking on',
    slipway: ms(a),
    peer: `${ms(b)} into the engine's own log (${ratio.toFixed(2)}×)`,
    target: '≤ 1.0 s',
  };
}
