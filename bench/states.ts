import { execFileSync } from 'node:child_process';
import { BUSYBOX, inTurn, median, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const FILES = 1000;
const FILE_BYTES = 4096;
const STEPS = 8;
const ROUNDS = 5;

interface Line {
  readonly type: string;
  readonly time: string;
  readonly index?: number;
  readonly durationMs?: number;
  readonly image?: string;
}

const lineOf = (text: string): Line => JSON.parse(text) as Line; // our own program's output

function build(
  folder: string,
  words: readonly string[],
): { readonly startedAt: number; readonly lines: Line[] } {
  const startedAt = Date.now();
  const output = execFileSync(PROGRAM, ['build', '--output', 'json', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { startedAt, lines: output.trim().split('\n').map(lineOf) };
}

/** From the start of the process to the start of its first step. */
function untilStep(folder: string, words: readonly string[]): number {
  const { startedAt, lines } = build(folder, words);
  return Date.parse(lines.find(({ type }) => type === 'step-started')?.time ?? '') - startedAt;
}

function sources(): Record<string, string | Buffer> {
  const steps = Array.from({ length: STEPS }, (_, i) => `echo ${i} >>changed`);
  const files = Array.from({ length: FILES }, (_, i) => [`src/${i % 50}/${i}`, Buffer.alloc(FILE_BYTES, i)]);
  return { 'wercker.yml': pipelineOf(steps), ...Object.fromEntries(files) };
}

/** `docker commit` of a box that got the same files after its start, as if every step were committed. */
async function commitAlone(folder: string): Promise<number> {
  const made = execFileSync('docker', ['create', '-i', BUSYBOX, 'sh'], { encoding: 'utf8' }).trim();
  const images: string[] = [];
  try {
    execFileSync('docker', ['cp', `${folder}/.`, `${made}:/source`]);
    execFileSync('docker', ['start', made]);
    const [times = []] = await inTurn(ROUNDS, () => {
      images.push(execFileSync('docker', ['commit', made], { encoding: 'utf8' }).trim());
      return Promise.resolve();
    });
    return median(times);
  } finally {
    await run('docker', ['rm', '-f', made]);
    await run('docker', ['rmi', '-f', ...images]);
  }
}

/** What a state costs after a step that changed little, and how soon a run goes on in one. */
export async function states(): Promise<Row[]> {
  using work = project(sources());
  const plain = await commitAlone(work.folder);
  const kept = build(work.folder, ['--keep-steps']).lines.filter(({ type }) => type === 'state-kept');
  try {
    const costs = kept.filter(({ index }) => index !== 0).map(({ durationMs }) => durationMs ?? Number.NaN);
    const resumed: number[] = [];
    const fresh: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      resumed.push(untilStep(work.folder, ['--from', `step-${STEPS}`]));
      fresh.push(untilStep(work.folder, []));
    }
    return [
      {
        figure: `a state kept after a step that changed little (${FILES} files of source)`,
        slipway: ms(median(costs)),
        peer: `docker commit ${ms(plain)}`,
        target: '≤ 100 ms',
      },
      {
        figure: 'process start → the step that a run goes on at, in a kept state',
        slipway: ms(median(resumed)),
        peer: `→ first step without a state ${ms(median(fresh))}`,
        target: '≤ 500 ms',
      },
    ];
  } finally {
    const images = kept.flatMap(({ image }) => (image === undefined ? [] : [image])).toReversed();
    for (const image of images) await run('docker', ['rmi', image]);
  }
}
