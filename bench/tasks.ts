import { startFleet } from './fleet.ts';
import { BUSYBOX, compare, inTurn, median, ms, type Row, run } from './measure.ts';

const ROUNDS = 15;
const MANY = 40;

/** From a task that was created to one that is resolved, on an idle worker, against a container without any queue. */
export async function task(): Promise<Row[]> {
  await using fleet = await startFleet({ capacity: 1 });
  const pickUps: number[] = [];
  const one = async (): Promise<void> => {
    const taskId = await fleet.create(['true']);
    await fleet.completed(taskId);
    const [first] = (await fleet.queue.status(taskId)).runs;
    pickUps.push(Date.parse(first?.started ?? '') - Date.parse(first?.scheduled ?? ''));
  };
  const [ours = [], bare = []] = await inTurn(ROUNDS, one, () =>
    run('docker', ['run', '--rm', BUSYBOX, 'true']),
  );
  const { a, b, ratio } = compare(ours, bare);
  return [
    {
      figure: 'trivial task, created → resolved, idle worker',
      slipway: ms(a),
      peer: `docker run: ${ms(b)} (${ratio.toFixed(2)}×)`,
      target: '≤ 1.3×',
    },
    {
      figure: 'pick-up: created → claimed',
      slipway: ms(median(pickUps)),
      peer: 'the original: 0–1 s, and up to 5 s of its own',
      target: '≤ 5 ms',
    },
  ];
}

async function tasksPerSecond(capacity: number): Promise<number> {
  await using fleet = await startFleet({ capacity });
  await fleet.completed(await fleet.create(['true']));
  const startedAt = performance.now();
  const ids = await Promise.all(Array.from({ length: MANY }, () => fleet.create(['true'])));
  await Promise.all(ids.map((taskId) => fleet.completed(taskId)));
  return MANY / ((performance.now() - startedAt) / 1000);
}

/** Trivial tasks one after the other, and four at a time. */
export async function tasks(): Promise<Row[]> {
  const [one, four] = [await tasksPerSecond(1), await tasksPerSecond(4)];
  return [
    {
      figure: 'trivial tasks per second, one slot',
      slipway: one.toFixed(2),
      peer: 'the original: 0.95',
      target: '≥ 2.5',
    },
    { figure: 'the same, four slots', slipway: four.toFixed(2), peer: 'the original: 1.84', target: '≥ 4' },
  ];
}
