import { BUSYBOX, inTurn, median, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const services = (count: number): string =>
  [
    'services:',
    ...Array.from({ length: count }, (_, i) => `  - { id: "${BUSYBOX}", name: s${i}, cmd: sleep 600 }`),
  ].join('\n');

/** What a second service beside the first adds to a run. */
export async function secondService(): Promise<Row> {
  using one = project({ 'wercker.yml': pipelineOf(['true'], services(1)) });
  using two = project({ 'wercker.yml': pipelineOf(['true'], services(2)) });
  const [first = [], second = []] = await inTurn(
    9,
    () => run(PROGRAM, ['build'], { cwd: one.folder }),
    () => run(PROGRAM, ['build'], { cwd: two.folder }),
  );
  const more = median(second.map((value, i) => value - (first[i] ?? Number.NaN)));
  return {
    figure: 'a second service beside the first',
    slipway: `${ms(more)} more`,
    peer: `one service: ${ms(median(first))}`,
    target: '≤ 120 ms more',
  };
}
