import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docker } from '../support/images.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, leftOf, type Rig } from '../support/rig.ts';

const file = (box: string, second: string, more: Readonly<Record<string, unknown>> = {}): string =>
  pipelineFile({
    box,
    steps: [
      script({ name: 'one', code: 'X=first; echo one' }),
      script({ name: 'two', code: second }),
      script({ name: 'three', code: 'echo "three $X"' }),
    ],
    afterSteps: [script({ name: 'after', code: 'echo "after $WERCKER_RESULT"' })],
    ...more,
  });

const hold = ['build', '--on-failure', 'hold'];

describe.concurrent('a held run', () => {
  it.each([
    ['busybox', BUSYBOX],
    ['bash', DEBIAN],
  ])('in %s waits for somebody who mends it on this machine', async (_, box) => {
    await using rig = createRig(file(box, 'test -e fixed; cat fixed'));
    const run = rig.start(hold);
    await run.waitFor('It gives up at');
    expect((await rig.run(['hold'])).stdout).toMatch(/build +held at "two", gives up at/);
    rig.write('fixed', 'mended\n');
    const decided = await rig.run(['hold', 'retry']);
    expect(decided).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('running "two" again') });
    const { exitCode, stdout } = await run.finished;
    expect(stdout).toBe('one\nmended\nthree first\nafter passed\n');
    expect(exitCode).toBe(0);
  });

  it('is held after a time limit too', async () => {
    await using rig = createRig(file(BUSYBOX, '[ -e fixed ] || sleep 1000'));
    const run = rig.start([...hold, '--no-response-timeout', '0.02']);
    await run.waitFor('It gives up at');
    rig.write('fixed', '');
    await rig.run(['hold', 'retry']);
    expect(await run.finished).toMatchObject({ exitCode: 0, stdout: 'one\nthree first\nafter passed\n' });
  });

  it('is held after a built-in step failed, which has no script to edit', async () => {
    const builtIn = { 'internal/docker-build': { 'image-name': 'held', dockerfile: 'not-there' } };
    await using rig = createRig(
      pipelineFile({ steps: [script({ name: 'one', code: 'X=1' }), builtIn, 'echo "X=$X"'] }),
    );
    const run = rig.start([...hold, '--output', 'json']);
    await run.waitFor('"type":"held"');
    expect((await rig.run(['hold', 'edit', 'wercker.yml'])).stderr).toContain('has no script to edit');
    await rig.run(['hold', 'skip']);
    const { exitCode, stdout } = await run.finished;
    expect(stdout).toContain(`"output":"${Buffer.from('X=1\n').toString('base64')}"`);
    expect(exitCode).toBe(0);
  });

  it('goes back to a kept state', async () => {
    await using rig = createRig(file(BUSYBOX, 'echo x >>mark; cat mark; test -e fixed'));
    const run = rig.start([...hold, '--keep-steps']);
    await run.waitFor('It gives up at');
    rig.write('fixed', '');
    const { stdout } = await rig.run(['hold', 'from', 'two']);
    expect(stdout).toContain('in the state that was kept before it');
    expect((await run.finished).stdout).toBe('one\nx\nx\nthree first\nafter passed\n');
    await rig.run(['states', '--output', 'json']).then(({ stdout: lines }) => {
      const { states } = JSON.parse(lines) as { states: { image: string }[] };
      for (const { image } of states.toReversed()) docker('rmi', image);
    });
  });

  it('ends with an exit code of its own when nobody comes', async () => {
    await using rig = createRig(file(BUSYBOX, 'false'));
    const { exitCode, stderr, stdout } = await rig.run([...hold, '--hold-timeout', '0.002']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('nobody decided within 0.002 minutes');
    expect(stdout).toContain('after failed');
  });

  it('ends when it is interrupted', async () => {
    await using rig = createRig(file(BUSYBOX, 'false'));
    const run = rig.start(hold);
    await run.waitFor('It gives up at');
    run.process.kill('SIGINT');
    expect((await run.finished).exitCode).toBe(1);
    expect(readdirSync(join(rig.folder, '.wercker', 'holds'))).toEqual([]);
  });

  it('that is killed is removed by whatever runs next', async () => {
    await using rig = createRig(file(BUSYBOX, '[ -e fixed ]'));
    const run = rig.start(hold);
    await run.waitFor('It gives up at');
    const record = readdirSync(join(rig.folder, '.wercker', 'holds'))[0] ?? '';
    const { socket } = JSON.parse(rig.read(join('.wercker', 'holds', record))) as { socket: string };
    run.process.kill('SIGKILL');
    await run.finished.catch(() => undefined);
    rig.write('fixed', '');
    expect((await rig.run(['build'])).exitCode).toBe(0);
    expect(await leftOf(rig.folder)).toEqual([]);
    expect((await rig.run(['hold'])).stderr).toContain('No run is held here');
    expect(existsSync(socket)).toBe(false);
  });
});

/** What somebody at a real terminal sees; each text is typed when what it waits for has appeared. */
async function atTerminal(
  rig: Rig,
  words: readonly string[],
  types: readonly (readonly [string | RegExp, string])[],
): Promise<string> {
  const run = rig.startAtTerminal(words);
  for (const [wanted, text] of types) {
    await run.waitFor(wanted);
    run.process.stdin?.write(text);
  }
  return (await run.finished).stdout;
}

describe.concurrent('somebody at a terminal', () => {
  it('chooses from a menu, looks into the box, and goes on', async () => {
    await using rig = createRig(file(BUSYBOX, 'cat /tmp/fixed'));
    const seen = await atTerminal(rig, hold, [
      ['g  give-up', 'h'],
      [/# /, 'echo mended >/tmp/fixed; exit\n'],
      [/What now\?[\s\S]*What now\?[\s\S]*give-up/, 'r'],
    ]);
    expect(seen).toContain('mended');
    expect(seen).toContain('three first');
  });

  it('edits the step’s script with the editor of the environment', async () => {
    await using rig = createRig(file(BUSYBOX, 'false'));
    rig.write('editor', '#!/bin/sh\necho "echo edited" >"$1"\n', 0o755);
    const seen = await atTerminal(rig, hold, [['g  give-up', 'e']]);
    expect(seen).toContain('edited');
    expect(seen).toContain('three first');
  });

  it('gets a shell after a failure where that was asked for, with what the step had', async () => {
    await using rig = createRig(
      pipelineFile({ box: DEBIAN, steps: [script({ name: 'one', code: 'export X=kept' }), 'exit 3'] }),
    );
    const seen = await atTerminal(
      rig,
      ['build', '--on-failure', 'shell'],
      [[/[#$] /, 'echo "<$X>"; exit\n']],
    );
    expect(seen).toContain('<kept>');
    expect(seen).toContain('Pipeline failed');
  });

  it('leaves with Ctrl-C while it is held', async () => {
    await using rig = createRig(file(BUSYBOX, 'false'));
    const seen = await atTerminal(rig, hold, [['g  give-up', '\u0003']]);
    expect(seen).toContain('Pipeline interrupted');
  });
});
