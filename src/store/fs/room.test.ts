import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRoom, type Reservation } from './room.ts';

/** A disk that says how much is left as it was when it was asked, whenever the answer comes. */
function slowDisk(scheduler: fc.Scheduler, sizeBytes: number) {
  const disk = { freeBytes: sizeBytes };
  const ask = async (): Promise<number> => {
    const found = disk.freeBytes;
    await scheduler.schedule(Promise.resolve(), 'the disk answers');
    return found;
  };
  return { disk, ask };
}

it('never gives away more room than there is, in whatever order disks answer and contents come', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      sizes,
      fc.integer({ min: 5, max: 25 }),
      async (scheduler, all, total) => {
        const { disk, ask } = slowDisk(scheduler, total);
        const room = createRoom('/the/folder', 0, ask);
        const put = async (sizeBytes: number): Promise<number> => {
          using reservation = await room.reserve(sizeBytes);
          for (let i = 0; i < sizeBytes; i += 1) {
            await scheduler.schedule(Promise.resolve(), 'a byte is written');
            disk.freeBytes -= 1;
            expect(disk.freeBytes).toBeGreaterThanOrEqual(0);
            await reservation.use(1);
          }
          return sizeBytes;
        };
        const puts = Promise.allSettled(all.map(put));
        await scheduler.waitFor(puts);
        const stored = (await puts).reduce(
          (sum, end) => sum + (end.status === 'fulfilled' ? end.value : 0),
          0,
        );
        expect(disk.freeBytes).toBe(total - stored);
        // Nothing stays set aside: what is left is there for the next one, to its last byte.
        const last = room.reserve(disk.freeBytes);
        await scheduler.waitFor(last);
        (await last)[Symbol.dispose]();
      },
    ),
  );
});

it('takes nothing where two that were begun at once fit one by one only', async () => {
  const answers: ((freeBytes: number) => void)[] = [];
  const room = createRoom('/the/folder', 1, () => new Promise((resolve) => void answers.push(resolve)));
  const both = [room.reserve(3), room.reserve(3)];
  for (const answer of answers) answer(5);
  const ends = await Promise.allSettled<Reservation>(both);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(ends[1]).toMatchObject({ reason: { code: 'NO_SPACE' } });
});
