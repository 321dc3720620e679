import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { PROGRAM, pipelineOf, project, type Row } from './measure.ts';

const GIGABYTE = 1024 ** 3;

/** The largest resident size of a process so far, in MiB. */
function peakMib(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** Memory of the program while a step prints a gigabyte and a reader takes it, with a secret to look for. */
export async function memory(): Promise<Row> {
  using work = project({
    'wercker.yml': pipelineOf([`yes "a line of output as programs print them" | head -c ${GIGABYTE}`]),
  });
  const startedAt = performance.now();
  const env = { ...process.env, XXX_TOKEN: 'a-secret-to-look-for' };
  const child = spawn(PROGRAM, ['build'], { cwd: work.folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let bytes = 0;
  let peak = 0;
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (child.pid !== undefined && bytes % 16 === 0) peak = Math.max(peak, peakMib(child.pid));
  });
  child.stdout.on('end', () => {});
  const [code] = await once(child, 'close');
  if (code !== 0 || bytes !== GIGABYTE) throw new Error(`exit code ${code} after ${bytes} bytes`);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    figure: 'memory while a step prints 1 GiB',
    slipway: `${Math.round(peak)} MiB at most`,
    peer: `${Math.round(1024 / seconds)} MiB/s, masking on`,
    target: '< 150 MB',
  };
}
