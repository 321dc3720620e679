import { median, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const ROUNDS = 5;
const PIPELINES = { slow: 'sleep 4', first: 'true', second: 'sleep 2' };

const pipelinesText = Object.entries(PIPELINES)
  .map(([name, code]) => `${name}:\n  steps:\n    - script: { code: ${JSON.stringify(code)} }\n`)
  .join('');

const FILE = `${pipelineOf(['true'])}${pipelinesText}
workflows:
  - name: all
    pipelines:
      - name: slow
      - name: first
      - name: second
        requires: [first]
`;

async function timed(folder: string, words: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await run(PROGRAM, words, { cwd: folder });
  return performance.now() - startedAt;
}

/** Three pipelines, two of them in a chain beside the third, against the longest chain of the same run alone. */
export async function workflow(): Promise<Row> {
  using work = project({ 'wercker.yml': FILE });
  const alone = (pipeline: string): Promise<number> =>
    timed(work.folder, ['deploy', '.', '--artifacts', '--pipeline', pipeline]);
  const over: number[] = [];
  const whole: number[] = [];
  const apart: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const slow = await alone('slow');
    const chain = (await alone('first')) + (await alone('second'));
    const together = await timed(work.folder, ['workflow', 'all']);
    if (round === 0) continue;
    whole.push(together);
    apart.push(slow + chain);
    over.push(together - Math.max(slow, chain));
  }
  const seconds = (values: readonly number[]): string => `${(median(values) / 1000).toFixed(2)} s`;
  return {
    figure: 'workflow: 4 s beside 0 s and then 2 s',
    slipway: `${seconds(whole)}, the longest chain ${median(over) < 0 ? '' : '+'}${seconds(over)}`,
    peer: `${seconds(apart)} one after the other`,
    target: 'longest chain + 0.5 s',
  };
}
