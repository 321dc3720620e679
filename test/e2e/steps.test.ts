import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN } from '../support/rig.ts';

const folderStep = (name: string, properties: Readonly<Record<string, unknown>> = {}) => ({
  [`${name} "file://steps/${name}"`]: properties,
});

describe.concurrent('properties of a step', () => {
  it.each([
    ['bash', DEBIAN],
    ['busybox ash', BUSYBOX],
  ])('arrive byte for byte with variables filled in, in %s', async (_name, box) => {
    await using rig = createRig(
      pipelineFile({
        box,
        steps: [
          'export FROM_STEP="a b"',
          folderStep('show', {
            plain: `it's "quoted" \\ back\`tick\` $(date) * ~`,
            lines: 'one\ntwo\n',
            expanded: '$FROM_STEP/${FROM_STEP}-$NOT_SET.',
            yes: true,
            number: 7,
          }),
        ],
      }),
    );
    rig.write(
      'steps/show/run.sh',
      `printf '%s|' "$WERCKER_SHOW_PLAIN" "$WERCKER_SHOW_LINES" "$WERCKER_SHOW_EXPANDED" "$WERCKER_SHOW_YES" "$WERCKER_SHOW_NUMBER"`,
    );
    const { stdout, exitCode } = await rig.run(['build']);
    expect(stdout).toBe(`it's "quoted" \\ back\`tick\` $(date) * ~|one\ntwo\n|a b/a b-.|true|7|`);
    expect(exitCode).toBe(0);
  });

  it('are those of this step alone, and the contract variables too', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [folderStep('show', { a: '1', b: '2' }), folderStep('show', { b: '3' })] }),
    );
    rig.write(
      'steps/show/run.sh',
      'echo "[$WERCKER_SHOW_A][$WERCKER_SHOW_B] $WERCKER_STEP_NAME"; [ "$WERCKER_STEP_ROOT" = "/pipeline/$WERCKER_STEP_ID" ]; [ -e "$WERCKER_STEP_ROOT/run.sh" ]; [ -d "$WERCKER_REPORT_ARTIFACTS_DIR" ]; echo "${WERCKER_REPORT_NUMBERS_FILE#/report/$WERCKER_STEP_ID/}"',
    );
    const { stdout } = await rig.run(['build']);
    expect(stdout).toBe('[1][2] show\nnumbers.ini\n[][3] show\nnumbers.ini\n');
  });
});

describe.concurrent('a step with files', () => {
  it('runs init.sh first, without input, and fails when it fails', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [folderStep('good'), folderStep('bad'), 'echo never'] }),
    );
    rig.write('steps/good/init.sh', 'cat; read -r x || echo "no input"; INIT=done');
    rig.write('steps/good/run.sh', 'echo "run after $INIT"');
    rig.write('steps/bad/init.sh', 'return 3');
    rig.write('steps/bad/run.sh', 'echo never');
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stdout).toBe('no input\nrun after done\n');
    expect(stderr).toContain('init.sh exited with exit code: 3');
    expect(exitCode).toBe(1);
  });

  it('passes without run.sh', async () => {
    await using rig = createRig(pipelineFile({ steps: [folderStep('nothing'), 'echo next'] }));
    rig.write('steps/nothing/README', '');
    const { exitCode, stdout } = await rig.run(['build']);
    expect(stdout).toBe('next\n');
    expect(exitCode).toBe(0);
  });

  it('is refused where its folder is not there', async () => {
    await using rig = createRig(pipelineFile({ steps: [folderStep('absent')] }));
    const { exitCode, stderr } = await rig.run(['build']);
    expect(stderr).toContain('absent');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a script', () => {
  it('with #! goes on after a failing command, and its last command counts', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['#!/bin/sh\nfalse\necho on', 'return 0\necho never', '#!/bin/bash\nfalse'] }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stdout).toBe('on\n');
    expect(stderr).toContain('Command exited with exit code: 1');
    expect(exitCode).toBe(1);
  });

  it('begins in its cwd, relative, absolute or with a variable', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          'export WHERE=/tmp; mkdir -p "a b"',
          script({ cwd: 'a b', code: 'pwd' }),
          script({ cwd: '/etc', code: 'pwd' }),
          script({ cwd: '$WHERE', code: 'pwd' }),
          'pwd',
        ],
      }),
    );
    expect((await rig.run(['build'])).stdout).toBe('/pipeline/source/a b\n/etc\n/tmp\n/pipeline/source\n');
  });

  it('says when its cwd is not there', async () => {
    await using rig = createRig(pipelineFile({ steps: [script({ cwd: 'absent', code: 'echo never' })] }));
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stdout).not.toContain('never');
    expect(stderr).toContain('The folder in `cwd` does not exist in the box');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('what a step reports', () => {
  it('is its message, also of a step that passed', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['setMessage "all fine"', 'echo "two\nlines" > "$WERCKER_REPORT_MESSAGE_FILE"; false'],
        afterSteps: ['echo "[$WERCKER_FAILED_STEP_MESSAGE]"'],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr).toContain('all fine');
    expect(stdout).toContain('[two\nlines\n]\n');
    expect(exitCode).toBe(1);
  });

  it('is its artifacts, also of a step that failed', async () => {
    const keep =
      'echo x > "$WERCKER_REPORT_ARTIFACTS_DIR/.kept"; ln -s .kept "$WERCKER_REPORT_ARTIFACTS_DIR/link"';
    await using rig = createRig(
      pipelineFile({
        steps: [script({ name: 'a', code: keep }), 'true', script({ name: 'b', code: `${keep}; exit 1` })],
      }),
    );
    expect((await rig.run(['build', '--artifacts'])).exitCode).toBe(1);
    const run = join(rig.folder, '.wercker/latest');
    expect(rig.read('.wercker/latest/step-a/output/.kept')).toBe('x\n');
    expect(rig.read('.wercker/latest/step-b/output/link')).toBe('x\n');
    expect(rig.exists('.wercker/latest/step-b/output.tar')).toBe(true);
    expect(readdirSync(run)).toContain('step-script');
    expect(rig.exists('.wercker/latest/step-script/output.tar')).toBe(false);
    expect(rig.exists('.wercker/latest/output.tar')).toBe(false);
  });
});

describe.concurrent('after-steps', () => {
  it('run after success, the first that fails ends them, and the result stays', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['export OLD=1; true'],
        afterSteps: [
          'echo "[$WERCKER_RESULT|$OLD|${WERCKER_FAILED_STEP_MESSAGE-unset}]"; exit 9',
          'echo never',
        ],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stdout).toBe('[passed||unset]\n');
    expect(stderr).toContain('After-step failed');
    expect(exitCode).toBe(0);
  });
});
