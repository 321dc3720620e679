import { inTurn, median, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

/** How long the program takes to start, against node itself. */
export async function startUp(): Promise<Row[]> {
  using work = project({ 'wercker.yml': pipelineOf(['true']) });
  const [version = [], check = [], node = []] = await inTurn(
    15,
    () => run(PROGRAM, ['--version']),
    () => run(PROGRAM, ['check-config'], { cwd: work.folder }),
    () => run(process.execPath, ['-e', '0']),
  );
  const peer = `node -e 0: ${ms(median(node))}`;
  return [
    { figure: 'slipway --version', slipway: ms(median(version)), peer, target: '≤ 80 ms' },
    { figure: 'slipway check-config', slipway: ms(median(check)), peer, target: '≤ 150 ms' },
  ];
}
