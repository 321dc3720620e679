import { type Engine, openEngine } from '../src/engine/index.ts';
import { BUSYBOX, inTurn, median, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const services = (count: number): string =>
  [
    'services:',
    ...Array.from({ length: count }, (_, i) => `  - { id: "${BUSYBOX}", name: s${i}, cmd: sleep 600 }`),
  ].join('\n');

/** Containers started together and removed together, without anything around them. */
async function bare(engine: Engine, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, i) => `slipway-bench-${process.pid}-${i}`);
  const ids = await Promise.all(
    names.map((name) =>
      engine.createContainer({
        name,
        image: BUSYBOX,
        command: ['sleep', '600'],
        labels: { 'slipway-bench': 'yes' },
      }),
    ),
  );
  await Promise.all(ids.map((id) => engine.startContainer(id)));
  await Promise.all(ids.map((id) => engine.removeContainer(id)));
}

const difference = (more: readonly number[], less: readonly number[]): number =>
  median(more.map((value, i) => value - (less[i] ?? Number.NaN)));

/** What a second service beside the first adds to a run, and what the second container alone costs the engine. */
export async function secondService(): Promise<Row> {
  using one = project({ 'wercker.yml': pipelineOf(['true'], services(1)) });
  using two = project({ 'wercker.yml': pipelineOf(['true'], services(2)) });
  await using engine = await openEngine({ environment: process.env });
  const [first = [], second = [], bareOne = [], bareTwo = []] = await inTurn(
    9,
    () => run(PROGRAM, ['build'], { cwd: one.folder }),
    () => run(PROGRAM, ['build'], { cwd: two.folder }),
    () => bare(engine, 1),
    () => bare(engine, 2),
  );
  return {
    figure: 'a second service beside the first',
    slipway: `${ms(difference(second, first))} more`,
    peer: `the engine alone, a second container started and removed with the first: ${ms(difference(bareTwo, bareOne))} more`,
    target: '≤ 120 ms more',
  };
}
