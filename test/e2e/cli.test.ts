import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig } from '../support/rig.ts';

const COMMANDS = [
  ...['build', 'deploy', 'check-config', 'clean', 'version', 'completion'],
  ...['init', 'detect', 'step', 'login', 'logout', 'pull', 'runner', 'doc'],
];

describe.concurrent('the command line', () => {
  it.each([
    [['biuld'], 3, 'unknown command "biuld" (did you mean "build"?)'],
    [['xyz'], 3, 'unknown command "xyz"'],
    [['build', '--artefacts'], 2, 'unknown flag: --artefacts (did you mean --artifacts?)'],
    [['-nonsense', 'build'], 2, 'unknown flag: -nonsense'],
    [
      ['build', '--artifacts=perhaps'],
      2,
      '--artifacts is on or off: expected true or false, found "perhaps"',
    ],
    [['build', '--command-timeout', 'soon'], 2, 'expected a number greater than 0, found "soon"'],
    [['build', '--command-timeout'], 2, '--command-timeout needs a value'],
    [['build', '.', 'other'], 2, 'build takes no argument "other"'],
    [['build', '--pull', 'sometimes'], 2, 'expected missing or always or never, found "sometimes"'],
    [['build', '--environment', 'absent.env'], 2, '--environment: there is no file absent.env'],
    [
      ['build', '--publish', '80:http'],
      2,
      '--publish: expected [ip:][host:]container[/tcp|udp], found "80:http"',
    ],
    [['build', '--run-id', '../x'], 2, '--run-id: expected letters'],
    [['completion', 'tcsh'], 2, 'name the shell'],
    [['runs', 'kep', 'latest'], 3, 'unknown command "runs kep" (did you mean "keep"?)'],
    [['runs', 'keep', '--forse'], 2, 'Run slipway runs keep --help to see what there is.'],
    [['artifacts', 'got', 'latest'], 3, 'unknown command "artifacts got" (did you mean "get"?)'],
  ])('%j ends with %i and one sentence that says why', async (words, code, sentence) => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    const { exitCode, stdout, stderr } = await rig.run(words);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('--help');
    expect(stdout).toBe('');
    expect(exitCode).toBe(code);
    expect(rig.exists('.wercker')).toBe(false);
  });

  it.each(COMMANDS)('%s --help shows its flags and an example', async (command) => {
    await using rig = createRig();
    const { exitCode, stdout, stderr } = await rig.run([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  slipway ${command}`));
    expect(stdout).not.toMatch(/undefined|null|NaN|\[object/);
    expect(stderr).toBe('');
    expect((await rig.run(['help', command])).stdout).toBe(stdout);
  });

  it('says of a flag that is on how it is turned off', async () => {
    await using rig = createRig();
    const { stdout } = await rig.run(['image', 'logs', '--help']);
    expect(stdout).toMatch(/^ {2}--follow .*\(on; --no-follow turns it off\)$/m);
  });

  it('shows all commands without words, with help, and in help of help', async () => {
    await using rig = createRig();
    const [bare, help, flag] = await Promise.all([rig.run([]), rig.run(['help']), rig.run(['--help'])]);
    for (const command of COMMANDS) expect(bare.stdout).toContain(`\n  ${command}`);
    expect(help.stdout).toBe(bare.stdout);
    expect(flag.stdout).toBe(bare.stdout);
    expect([bare.exitCode, help.exitCode, flag.exitCode]).toEqual([0, 0, 0]);
  });

  it('takes one dash or two, =true and =false, and flags on either side of the target', async () => {
    await using rig = createRig();
    rig.write('app/wercker.yml', pipelineFile({ steps: ['echo "$WERCKER_GIT_BRANCH on $PWD"'] }));
    const words = [
      '-verbose=false',
      'build',
      '-git-branch=b1',
      'app',
      '--artifacts=true',
      '-source-dir',
      '.',
    ];
    const { exitCode, stdout } = await rig.run(words);
    expect(stdout).toBe('b1 on /pipeline/source\n');
    expect(exitCode).toBe(0);
    expect(rig.exists('.wercker/latest/output.tar')).toBe(true);
  });
});

describe.concurrent('what a run prints', () => {
  it('is free of colour where nobody looks, also with NO_COLOR', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x'] }));
    const { stdout, stderr } = await rig.run(['build'], { environment: { NO_COLOR: '1' } });
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('is one JSON object a line with --output json, masked, from run-started to run-finished', async () => {
    const steps = ['echo "token $TOKEN"', script({ name: 'bad', code: 'fail "no $TOKEN"' })];
    await using rig = createRig(pipelineFile({ steps }));
    const { exitCode, stdout, stderr } = await rig.run(['build', '--output', 'json'], {
      environment: { XXX_TOKEN: 'correct-horse' },
    });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; output?: string; result?: string });
    expect(events.at(0)?.type).toBe('run-started');
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', result: 'failed' });
    const output = events.map((event) => Buffer.from(event.output ?? '', 'base64').toString()).join('');
    expect(output).toContain('token ***\n');
    expect(stdout + stderr + output).not.toContain('correct-horse');
    expect(exitCode).toBe(1);
  });

  it.each([['version'], ['--help'], ['schema', 'events']])(
    'says that %j could not be printed on a full disk, and is no success',
    (...words) => {
      const full = openSync('/dev/full', 'w');
      const { status, stderr } = spawnSync(resolve(import.meta.dirname, '../../bin/slipway'), words, {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(full);
      expect(stderr).toBe('slipway: cannot write to standard output: the disk is full\n');
      expect(status).toBe(1);
    },
  );

  it('may be cut off by its reader: the run ends without a crash and cleans up', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['yes | head -n 100000', 'echo ok > "$WERCKER_CACHE_DIR/end"'] }),
    );
    const program = `"$0" build | head -n 1`;
    const bin = new URL('../../bin/slipway', import.meta.url).pathname;
    const child = spawn('sh', ['-c', program, bin], { cwd: rig.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    await once(child, 'close');
    expect(text).toContain('Pipeline finished');
    expect(text).not.toMatch(/EPIPE|mistake in Slipway|at .*\.ts:/);
    expect(rig.exists('.wercker/cache/end')).toBe(true);
  });
});

describe.concurrent('check-config', () => {
  it('passes a file that is right and names its pipelines', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const { exitCode, stdout } = await rig.run(['check-config']);
    expect(stdout).toBe(`Found pipeline section: build\n  with box: ${BUSYBOX}\n`);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['box: [\n', 'wercker.yml:'],
    ['box: x\nbuild:\n  stepz: 1\n', 'stepz'],
    ['', 'empty'],
    [undefined, 'there is no wercker.yml'],
  ])('fails %j with the place and the reason', async (text, reason) => {
    await using rig = createRig(text);
    const { exitCode, stderr } = await rig.run(['check-config']);
    expect(stderr).toContain(reason);
    expect(exitCode).toBe(1);
  });

  it('builds nothing from a file with a mistake', async () => {
    await using rig = createRig('box: localhost/slipway-busybox:1\nbuild:\n  steps: 42\n');
    const { exitCode, stderr } = await rig.run(['build']);
    expect(stderr).toMatch(/wercker\.yml:3:\d+/);
    expect(stderr).toContain('nothing was started');
    expect(exitCode).toBe(1);
  });
});
