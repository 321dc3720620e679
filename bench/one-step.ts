import { BUSYBOX, compare, inTurn, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const DOCKER = `docker network create slipway-bench && docker run --rm --network slipway-bench ${BUSYBOX} true && docker network rm slipway-bench`;

/** A one-step pipeline, whole process, against the same by hand. */
export async function oneStep(): Promise<Row> {
  using work = project({ 'wercker.yml': pipelineOf(['true']) });
  const [slipway = [], docker = []] = await inTurn(
    9,
    () => run(PROGRAM, ['build'], { cwd: work.folder }),
    () => run('sh', ['-c', DOCKER]),
  );
  const { a, b, ratio } = compare(slipway, docker);
  return {
    figure: 'one-step pipeline, whole process, against docker network create + run + network rm',
    slipway: ms(a),
    peer: `${ms(b)} (${ratio.toFixed(2)}×)`,
    target: '≤ 1.2×',
  };
}
