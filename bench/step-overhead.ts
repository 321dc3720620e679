import { execFileSync } from 'node:child_process';
import { BUSYBOX, inTurn, median, ms, PROGRAM, pipelineOf, project, type Row, run } from './measure.ts';

const STEPS = 200;
const PEER_ROUNDS = 9;

interface Line {
  readonly type: string;
  readonly time: string;
}

/** What a trivial script step adds inside of a running session, against a process per step. */
export async function stepOverhead(): Promise<Row> {
  const perStep: number[] = [];
  for (let round = 0; round < 5; round += 1) perStep.push(stepTime());
  const id = execFileSync('docker', ['run', '-d', '--rm', BUSYBOX, 'sleep', '600'], {
    encoding: 'utf8',
  }).trim();
  try {
    const [exec = [], container = []] = await inTurn(
      PEER_ROUNDS,
      () => run('docker', ['exec', id, 'true']),
      () => run('docker', ['run', '--rm', BUSYBOX, 'true']),
    );
    return {
      figure: 'a trivial script step inside of a running session',
      slipway: ms(median(perStep)),
      peer: `docker exec ${ms(median(exec))}, docker run ${ms(median(container))}`,
      target: '≤ 2 ms',
    };
  } finally {
    execFileSync('docker', ['rm', '-f', id]);
  }
}

function stepTime(): number {
  using work = project({ 'wercker.yml': pipelineOf(Array.from({ length: STEPS }, () => 'true')) });
  const output = execFileSync(PROGRAM, ['build', '--output', 'json'], {
    cwd: work.folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line); // our own program's output
  const first = lines.find(({ type }) => type === 'step-started');
  const last = lines.findLast(({ type }) => type === 'step-finished');
  return (Date.parse(last?.time ?? '') - Date.parse(first?.time ?? '')) / STEPS;
}
