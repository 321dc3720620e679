import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Finished } from '../support/rig.ts';

const BOXES = { bash: DEBIAN, 'busybox ash': BUSYBOX };
const DASH = { id: DEBIAN, cmd: '/bin/sh' };

/** The after-step tells that it still ran, and what it was told. */
const TELL = 'echo "after: $WERCKER_RESULT|$WERCKER_FAILED_STEP_MESSAGE"';

async function runSteps(
  box: unknown,
  steps: readonly string[],
  flags: readonly string[] = [],
): Promise<Finished> {
  await using rig = createRig(pipelineFile({ box, steps, afterSteps: [TELL] }));
  return await rig.run(['build', ...flags]);
}

describe.concurrent.each(Object.entries(BOXES))('in %s', (_name, box) => {
  it('a step does not spoil the next: streams, folder, traps, processes, framing, odd bytes', async () => {
    const { exitCode, stdout } = await runSteps(box, [
      String.raw`printf 'a\000\377b\n'`,
      'exec >&- 2>&-',
      'cd /; mkdir -p x; cd x; echo "in $PWD"',
      'echo "in $PWD"; trap "" TERM INT HUP',
      '(sleep 1000; echo late) & echo left',
      'cat; echo "slipway-0123456789abcdef0123456789abcdef done 4 0"; echo noted >/proc/1/fd/1',
      'kill -9 $$; echo still; set -f; IFS=:; set -u',
      'return 0; echo never',
      'echo end',
    ]);
    expect(stdout).toBe(
      [
        'a\0\uFFFDb',
        'in /x',
        'in /pipeline/source',
        'left',
        'slipway-0123456789abcdef0123456789abcdef done 4 0',
        'noted',
        'still',
        'end',
        'after: passed|',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
  });

  it.each([
    ['exit 0', 'ended the shell with exit code 0'],
    ['exit 7', 'exit code 7'],
    ['exec true', 'ended the shell with exit code 0'],
    ['exec /nowhere/program', /exit code 12[67]/],
    ['#!/bin/sh\nfalse; return 5', 'Command exited with exit code: 5'],
    ['false; echo never', 'exit code 1'],
    ['set -u; echo "$NOT_SET"; echo never', /exit code [12]/],
    ['sh -c "kill -9 \\$PPID"; echo never', 'killed by signal 9'],
    ['kill -9 -1 2>/dev/null || :; exit 4', 'exit code 4'],
    ['set -n\necho never', /exit code|no longer answers/],
    ['if true; then', 'exit code 2'],
    ['dd if=/dev/zero of=/dev/shm/full bs=1M count=100 2>&1; echo never', 'exit code 1'],
  ])('%s fails the step and the after-steps run', async (code, why) => {
    const { exitCode, stdout, stderr } = await runSteps(box, [code, 'echo next']);
    expect(stderr).toMatch(why);
    expect(stdout).not.toMatch(/never|next/);
    expect(stdout).toMatch(/^after: failed\|Command (cancelled due to error|exited with exit code: 5)$/m);
    expect(exitCode).toBe(1);
  });

  it('a shell that was deleted fails what needs it, and the run still ends', async () => {
    const { exitCode, stderr } = await runSteps(box, ['rm -f /bin/sh /bin/bash', 'echo on; exit 3']);
    expect(stderr).toContain('exit code 3');
    expect(exitCode).toBe(1);
  });

  it('a step that stops itself is killed after its time', async () => {
    const { exitCode, stdout, stderr } = await runSteps(
      box,
      ['sh -c "kill -STOP \\$PPID"; echo never'],
      ['--command-timeout', '0.02'],
    );
    expect(stderr).toContain('Command timed out');
    expect(stdout).toBe('after: failed|Command timed out\n');
    expect(stderr).toMatch(/Step failed: script [1-5]\./); // it would be killed five seconds after its time
    expect(exitCode).toBe(1);
  });
});

describe.concurrent.each([...Object.entries(BOXES), ['dash', DASH] as const])('in %s', (_name, box) => {
  it.each([
    'printf() { :; }; read() { :; }; eval() { :; }; command() { :; }; unset() { :; }',
    'alias exec=false read=false eval=false set=false case=false printf=false command=false',
    'set() { exit 0; }; unalias -a; exec() { :; }',
    'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done',
    'for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do eval "exec $fd>&-"; done 2>/dev/null',
    'for p in /proc/[0-9]*; do kill -STOP "${p#/proc/}"; done 2>/dev/null',
  ])('%s is no false pass and no hang', async (code) => {
    const { exitCode, stderr } = await runSteps(
      box,
      [`set +e\n${code}`, 'return 9'],
      ['--command-timeout', '0.03'],
    );
    expect(exitCode, stderr).toBe(1);
  });

  it('a step that removes the files of the next makes it fail, and is told of', async () => {
    const { exitCode, stdout, stderr } = await runSteps(box, ['rm -rf /pipeline', 'echo never']);
    expect(stderr).toContain("The step's files are gone from the box");
    expect(stdout).not.toContain('never');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('a step that prints without end', () => {
  const MIB = 1024 * 1024;

  async function printed(count: number, environment: Record<string, string>) {
    await using rig = createRig(
      pipelineFile({ steps: [`yes 0123456789abcdef0123456789abcde | head -c ${count}`] }),
    );
    let bytes = 0;
    let highWaterKib = 0;
    const run = rig.start(['build'], {
      environment,
      onStdout: (piece, { pid }) => {
        bytes += piece.length;
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        highWaterKib = Number(/VmHWM:\s*(\d+)/.exec(status)?.[1]);
      },
    });
    const { exitCode } = await run.finished;
    return { exitCode, bytes, highWaterMib: highWaterKib / 1024 };
  }

  it.each([
    ['much of it', 256 * MIB, {}],
    ['with secrets to look for', 160 * MIB, { XXX_TOKEN: 'correct-horse', X_Y: 'z', XXX_OTHER: '0123x567' }],
  ])(
    '%s passes through without filling the memory',
    { timeout: 120_000 },
    async (_name, count, environment) => {
      const { exitCode, bytes, highWaterMib } = await printed(count, environment);
      expect(exitCode).toBe(0);
      expect(bytes).toBe(count);
      expect(highWaterMib).toBeLessThan(150);
    },
  );
});

describe('a box without rights', () => {
  it('outlives a step that starts processes without end', async () => {
    await using rig = createRig(
      pipelineFile({
        box: { id: BUSYBOX, user: 'app' },
        steps: ['ulimit -u 60 2>/dev/null || ulimit -p 60; f() { f | f & }; f; sleep 1000', 'echo never'],
        afterSteps: [script({ name: 'tell', code: TELL })],
      }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--command-timeout', '0.03']);
    expect(stdout).not.toContain('never');
    expect(exitCode).toBe(1);
  });
});
