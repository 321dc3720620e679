import { describe, expect, it } from 'vitest';
import { BUSYBOX, createRig, DEBIAN, leftOf } from '../support/rig.ts';

const pipeline = (code: string, more = ''): string =>
  `box: ${BUSYBOX}\nbuild:\n  steps:\n    - script:\n        name: work\n        code: |\n${code
    .split('\n')
    .map((line) => `          ${line}`)
    .join('\n')}\n${more}`;

describe.concurrent('slipway build', () => {
  it('runs the steps of a pipeline in its box and says how each ended', async () => {
    await using rig = createRig(pipeline('echo "in $WERCKER_SOURCE_DIR"; cat data.txt'));
    rig.write('data.txt', 'from the project\n');
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr).toContain('Step passed: work');
    expect(stdout).toBe('in /pipeline/source\nfrom the project\n');
    expect(stderr).toMatch(/✓ work +\d/);
    expect(exitCode).toBe(0);
  });

  it('fails with the step that failed, skips the rest, and runs the after-steps in a fresh shell', async () => {
    await using rig = createRig(`box: ${DEBIAN}
build:
  steps:
    - script:
        name: first
        code: export LEAK=1; echo kept > /tmp/kept
    - script:
        name: second
        code: "echo $LEAK; false; echo never"
    - script:
        name: third
        code: echo never
  after-steps:
    - script:
        name: tell
        code: echo "[$WERCKER_RESULT|$WERCKER_FAILED_STEP_DISPLAY_NAME|$WERCKER_FAILED_STEP_MESSAGE|$LEAK|$(cat /tmp/kept)]"
`);
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('1\n[failed|second|Command cancelled due to error||kept]\n');
    expect(stderr).toContain('Step failed: second');
    expect(stderr).toContain('a command failed with exit code 1');
    expect(stderr).toMatch(/- third +not run/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is written down when %s comes as it has ended', async (signal) => {
    await using rig = createRig(pipeline('true'));
    const run = rig.start(['build', '--junit', 'report.xml']);
    await run.waitFor('Pipeline finished');
    run.process.kill(signal);
    await run.finished; // by its exit code, or by the signal where that came when all was done
    expect(rig.read('report.xml')).toContain('<testsuite');
    expect((await rig.run(['runs'])).stdout).toMatch(/build +passed/);
  });

  it('delivers values byte for byte, and expands only what the contract says', async () => {
    await using rig = createRig(`box: ${BUSYBOX}
build:
  steps:
    - script:
        name: show
        code: printf '%s|' "$PLAIN" "$EXPANDED" "$HIDDEN" "$FROM_FILE"
`);
    rig.write('ENVIRONMENT', 'X_FROM_FILE="a ${BASE}\\nb $(date)"\nIGNORED=1\n');
    const { stdout } = await rig.run(['build'], {
      environment: {
        X_BASE: 'base',
        X_PLAIN: 'a\nb "quoted" \'single\' \\ `tick` $(date) $1 $$',
        X_EXPANDED: '$BASE/${BASE}-$MISSING.',
        XXX_HIDDEN: '$BASE!',
      },
    });
    expect(stdout).toBe(
      'a\nb "quoted" \'single\' \\ `tick` $(date) $1 $$|base/base-.|***|a base\nb $(date)|',
    );
  });

  it('keeps artifacts, and takes the source where there is no output', async () => {
    await using rig = createRig(
      pipeline(
        'mkdir "$WERCKER_OUTPUT_DIR/d"; echo x > "$WERCKER_OUTPUT_DIR/d/f"; ln -s f "$WERCKER_OUTPUT_DIR/d/link"',
      ),
    );
    expect((await rig.run(['build', '--artifacts'])).exitCode).toBe(0);
    expect(rig.read('.wercker/latest/output/d/f')).toBe('x\n');
    expect(rig.exists('.wercker/latest/output.tar')).toBe(true);
    rig.write('wercker.yml', pipeline(':'));
    await rig.run(['build', '--artifacts']);
    expect(rig.exists('.wercker/latest/output/wercker.yml')).toBe(true);
  });

  it('keeps the cache between runs, also an emptied one', async () => {
    await using rig = createRig(pipeline('ls "$WERCKER_CACHE_DIR"; echo 1 > "$WERCKER_CACHE_DIR/kept"'));
    expect((await rig.run(['build'])).stdout).toBe('');
    expect((await rig.run(['build'])).stdout).toBe('kept\n');
    rig.write('wercker.yml', pipeline('rm "$WERCKER_CACHE_DIR/kept"'));
    await rig.run(['build']);
    expect(rig.exists('.wercker/cache/kept')).toBe(false);
  });

  it('mounts the project with --direct-mount', async () => {
    await using rig = createRig(pipeline('echo made > made-in-box; echo c > "$WERCKER_CACHE_DIR/c"'));
    expect((await rig.run(['build', '--direct-mount'])).exitCode).toBe(0);
    expect(rig.read('made-in-box')).toBe('made\n');
    expect(rig.read('.wercker/cache/c')).toBe('c\n');
  });

  it('leaves out what the ignore file names', async () => {
    await using rig = createRig(pipeline('ls'));
    rig.write('.werckerignore', '*.log\n/tmp/\n');
    rig.write('a.log', '');
    rig.write('tmp/x', '');
    rig.write('kept', '');
    expect((await rig.run(['build'])).stdout).toBe('kept\nwercker.yml\n');
  });

  it('deploys the output of a build, with the steps of its target', async () => {
    await using rig = createRig(`box: ${BUSYBOX}
build:
  steps:
    - script: { code: 'echo site > "$WERCKER_OUTPUT_DIR/index"' }
deploy:
  steps:
    - script: { code: echo default }
  staging:
    - script: { code: 'echo "to $WERCKER_DEPLOYTARGET_NAME: $(cat index) $DEPLOY $CI"' }
`);
    await rig.run(['build', '--artifacts']);
    const deploy = await rig.run(['deploy', '.wercker/latest/output', '--deploy-target', 'staging']);
    expect(deploy.stdout).toBe('to staging: site true \n');
    expect(rig.exists('.wercker/latest_deploy')).toBe(true);
  });

  it('stores artifacts in a folder under their key', async () => {
    await using rig = createRig(pipeline('echo x > "$WERCKER_OUTPUT_DIR/f"'));
    const words = [
      'build',
      '--artifacts',
      '--store-s3',
      '--local-file-store',
      'store',
      '--run-id',
      'r1',
      '--application-id',
      'app',
    ];
    expect((await rig.run(words)).exitCode).toBe(0);
    expect(rig.exists('store/wercker-development/project-artifacts/app/r1/output.tar')).toBe(true);
  });
});

describe.concurrent('when the run is interrupted', () => {
  const waiting = pipeline(
    'echo begun; sleep 1000',
    '  after-steps:\n    - script:\n        code: echo after\n',
  );

  it('stops the step, cleans up and exits with 1', async () => {
    await using rig = createRig(waiting);
    const run = rig.start(['build']);
    await run.waitFor('begun\n');
    run.process.kill('SIGINT');
    const { exitCode, stdout, stderr } = await run.finished;
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('after\n');
    expect(stderr).toContain('Step interrupted: work');
    expect(await leftOf(rig.folder)).toEqual([]);
  });

  it('runs the after-steps when told to', async () => {
    await using rig = createRig(waiting);
    const run = rig.start(['build', '--after-steps-on-interrupt']);
    await run.waitFor('begun\n');
    run.process.kill('SIGTERM');
    expect((await run.finished).stdout).toContain('after\n');
  });

  it('stops at once the second time, and the next run removes what is left', async () => {
    await using rig = createRig(pipeline('trap "" TERM INT; echo begun; while :; do sleep 1; done'));
    const run = rig.start(['build']);
    await run.waitFor('begun\n');
    run.process.kill('SIGINT');
    await run.waitFor('Stopping the step');
    run.process.kill('SIGINT');
    const { exitCode, stderr } = await run.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the engine was let go of'); // which would have ended the step after its time
    expect((await rig.run(['clean'])).exitCode).toBe(0);
    expect(await leftOf(rig.folder)).toEqual([]);
  });

  it('has the next run remove what a killed process left', async () => {
    await using rig = createRig(waiting);
    const run = rig.start(['build']);
    await run.waitFor('begun\n');
    run.process.kill('SIGKILL');
    await run.finished;
    rig.write('wercker.yml', pipeline('echo next'));
    expect((await rig.run(['build'])).exitCode).toBe(0);
    // By this run, or by one of another test that began in between: any run on this machine does it.
    expect(await leftOf(rig.folder)).toEqual([]);
  });
});
