import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { BUSYBOX } from '../support/rig.ts';

let fleet: Fleet;
let taskId: string;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.startWorker();
  taskId = await fleet.createTask({
    image: BUSYBOX,
    command: ['sleep', '600'],
    maxRunTime: 600,
    features: { interactive: true },
  });
  const hasShell = async () => {
    const names = (await fleet.queue.listArtifacts(taskId, 0)).map(({ name }) => name);
    expect(names).toContain('private/docker-worker/shell.html');
  };
  await fleet.runIs(taskId, 0, 'running');
  await vi.waitFor(hasShell, { timeout: 60_000 });
}, 120_000);
afterAll(async () => {
  await fleet.queue.cancelTask(taskId);
  await fleet[Symbol.asyncDispose]();
});

const shell = (...words: readonly string[]): readonly string[] => [
  'task',
  'shell',
  '--root-url',
  fleet.rootUrl,
  taskId,
  ...words,
];

describe('slipway task shell', { timeout: 120_000 }, () => {
  it('runs a command in the container of the task and ends as that does', async () => {
    const { exitCode, stdout } = await fleet.rig.run(shell('--', 'sh', '-c', 'echo "$TASK_ID"; exit 9'));
    expect([exitCode, stdout.trim()]).toEqual([9, taskId]);
  });

  it('types what comes on its input', async () => {
    const { exitCode, stdout } = await fleet.rig.run(shell(), { input: 'echo it is $((6 * 7))\nexit 3\n' });
    expect(stdout).toContain('it is 42');
    expect(exitCode).toBe(3);
  });

  it('is a terminal for somebody who sits at one', async () => {
    const person = fleet.rig.startAtTerminal(shell());
    await person.waitFor(/[#$] /);
    person.process.stdin?.write('stty -echo; tty; exit 4\r');
    await person.waitFor('/dev/pts/');
    expect((await person.finished).exitCode).toBe(4);
  });

  it('says why there is no shell', async () => {
    const other = await fleet.createTask({ image: BUSYBOX, command: ['true'], maxRunTime: 60 });
    const ask = () => fleet.rig.run(['task', 'shell', '--root-url', fleet.rootUrl, other]);
    const pending = await ask();
    expect([pending.exitCode, pending.stderr]).toEqual([
      1,
      expect.stringContaining('is pending: only a running'),
    ]);
    await fleet.queue.cancelTask(other);
    expect((await ask()).stderr).toContain('is exception: only a running one has a shell');
  });
});
