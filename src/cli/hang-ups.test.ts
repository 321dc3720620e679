import { expect, it, onTestFinished } from 'vitest';
import { listenForHangUps } from './hang-ups.ts';

/** Counts what is done, each until `end` is called. */
function rig() {
  const ends: (() => void)[] = [];
  const hangUps = listenForHangUps();
  onTestFinished(() => hangUps[Symbol.dispose]());
  return {
    ends,
    listen: () => hangUps.do(() => new Promise<void>((resolve) => void ends.push(resolve))),
    hangUp: () => process.emit('SIGHUP', 'SIGHUP'),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('a hang-up that came before anybody listened is not lost', () => {
  const { ends, listen, hangUp } = rig();
  hangUp();
  hangUp();
  expect(ends).toHaveLength(0);
  listen();
  expect(ends).toHaveLength(1);
});

it('nothing is done where nobody hung up', () => {
  const { ends, listen } = rig();
  listen();
  expect(ends).toHaveLength(0);
});

it('hang-ups that come while one is answered are answered once, after it', async () => {
  const { ends, listen, hangUp } = rig();
  listen();
  for (let i = 0; i < 4; i += 1) hangUp();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await settled();
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await settled();
  expect(ends).toHaveLength(2);
  hangUp();
  expect(ends).toHaveLength(3);
});
