import { describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN } from '../support/rig.ts';

const TELL = 'echo "after: $WERCKER_RESULT|$WERCKER_FAILED_STEP_DISPLAY_NAME|$WERCKER_FAILED_STEP_MESSAGE"';
const SHORT = '0.02'; // 1.2 s

describe.concurrent.each([
  ['bash', DEBIAN],
  ['busybox ash', BUSYBOX],
])('a limit of time in %s', (_name, box) => {
  it('ends a step that runs too long, and the after-steps run', async () => {
    await using rig = createRig(
      pipelineFile({ box, steps: ['while :; do echo on; sleep 1; done', 'echo never'], afterSteps: [TELL] }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build', '--command-timeout', SHORT]);
    expect(stdout).toMatch(/^(on\n)+after: failed\|script\|Command timed out\n$/);
    expect(stderr).toContain('Command timed out');
    expect(stderr).toContain('longer than command-timeout allows');
    expect(exitCode).toBe(1);
  });

  it('ends a step that prints nothing', async () => {
    await using rig = createRig(
      pipelineFile({ box, steps: ['echo one; sleep 1000; echo never'], afterSteps: [TELL] }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--no-response-timeout', SHORT]);
    expect(stdout).toBe('one\nafter: failed|script|Command timed out after no response\n');
    expect(exitCode).toBe(1);
  });

  it('ends a step that ignores being told to, with everything that it started', async () => {
    const stubborn =
      'trap "" TERM INT HUP; (trap "" TERM; while :; do sleep 1; done) & while :; do sleep 1; done';
    await using rig = createRig(
      pipelineFile({ box, steps: [stubborn], afterSteps: [TELL, 'ps | grep -c "[s]leep" || :'] }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--command-timeout', SHORT]);
    expect(stdout).toContain('|Command timed out\n');
    if (box === BUSYBOX) expect(stdout).toMatch(/\n0\n$/);
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a limit of time', () => {
  it('lets a step end in its own way when it is told to', async () => {
    await using rig = createRig(
      pipelineFile({
        box: DEBIAN,
        steps: [
          `trap 'echo told; echo own words > "$WERCKER_REPORT_MESSAGE_FILE"; exit 0' TERM; while :; do sleep 0.1; done`,
        ],
        afterSteps: [TELL],
      }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--command-timeout', SHORT]);
    expect(stdout).toContain('told\n');
    expect(stdout).toContain('after: failed|script|own words');
    expect(exitCode).toBe(1);
  });

  it('counts each step for itself', async () => {
    await using rig = createRig(pipelineFile({ steps: ['sleep 1', 'sleep 1', 'sleep 1', 'echo end'] }));
    const { exitCode, stdout } = await rig.run(['build', '--command-timeout', '0.04']);
    expect(stdout).toBe('end\n');
    expect(exitCode).toBe(0);
  });

  it('of the file goes before the flag', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['sleep 2; echo end'], top: { 'command-timeout': 1, 'no-response-timeout': 1 } }),
    );
    const words = ['build', '--command-timeout', SHORT, '--no-response-timeout', SHORT];
    expect((await rig.run(words)).stdout).toBe('end\n');
  });

  it('holds for an after-step too, and the result stays', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'], afterSteps: ['sleep 1000', 'echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--command-timeout', SHORT]);
    expect(stdout).toBe('');
    expect(stderr).toContain('After-step failed');
    expect(exitCode).toBe(0);
  });
});
