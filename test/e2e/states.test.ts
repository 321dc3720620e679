import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { docker } from '../support/images.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Rig } from '../support/rig.ts';

const folders: string[] = [];

/** A project whose states are removed when the tests are over. */
function rigFor(file: string): Rig {
  const rig = createRig(file);
  folders.push(rig.folder);
  return rig;
}

const stateImages = (runId: string): string[] =>
  docker('images', '-q', '--filter', `label=io.slipway.run-id=${runId}`, '--filter', 'label=io.slipway.state')
    .split('\n')
    .filter(Boolean);

interface KeptRun {
  readonly runId: string;
  readonly states: readonly { readonly name: string; readonly gone: boolean }[];
}

async function keptRuns(rig: Rig): Promise<KeptRun[]> {
  const { stdout } = await rig.run(['states', '--output', 'json']);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as KeptRun);
}

const made = new Set<string>();

async function build(rig: Rig, ...words: string[]) {
  const finished = await rig.run(['build', ...words], { environment: { XXX_TOKEN: 'hunter2hunter2' } });
  const folder = join(rig.folder, '.wercker', 'states');
  if (existsSync(folder)) for (const runId of readdirSync(folder)) made.add(runId);
  return finished;
}

afterAll(() => {
  const images = docker('images', 'slipway-state', '--format', '{{.Repository}}:{{.Tag}}').split('\n');
  const ours = images.filter((name) => [...made].some((runId) => name.includes(runId)));
  for (const name of ours.sort().toReversed())
    execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
});

/** Containers that look into states of this project: the other tests have theirs. */
function looksInto(rig: Rig): string[] {
  const runs = readdirSync(join(rig.folder, '.wercker', 'states'));
  const ancestors = runs.map((runId) => `ancestor=slipway-state:${runId}-0`);
  return ancestors.flatMap((filter) => docker('ps', '-aq', '--filter', filter).split('\n')).filter(Boolean);
}

const THREE = [
  script({ name: 'one', code: 'echo 1 >one; X=x; export Y=y; greet() { echo "hi $1"; }; DERIVED=$TOKEN' }),
  script({
    name: 'two',
    code: 'echo ran >>count; ln -s one link; chmod 600 one; rm -f gone; cd /tmp; umask 027',
  }),
  script({ name: 'three', code: 'echo "X=$X Y=$Y TOKEN=$TOKEN DERIVED=$DERIVED"; cat count; test -e ok' }),
];

// Each commits images, which takes its time on a disk that is busy.
describe.concurrent('kept states', { timeout: 120_000 }, () => {
  it.each([
    ['busybox', BUSYBOX],
    ['bash', DEBIAN],
  ])(
    'let a run in %s go on before a step, with shell, files and what changed on this machine',
    async (_, box) => {
      await using rig = rigFor(pipelineFile({ box, steps: THREE }));
      rig.write('gone', '');
      const first = await build(rig, '--keep-steps');
      expect(first.exitCode).toBe(1);
      expect(first.stderr).toMatch(/✓ two +\d.*kept in \d+ ms/);
      expect(first.stderr).toContain('Not kept, because they hold secrets: DERIVED');
      rig.write('ok', '');
      const second = await build(rig, '--from', 'three');
      expect(second.stderr).toContain('copied into the box: ok');
      expect(second.stdout).toBe('X=x Y=y TOKEN=*** DERIVED=\nran\n');
      expect(second.exitCode).toBe(0);
    },
  );

  it('never write a secret down', async () => {
    await using rig = rigFor(pipelineFile({ box: DEBIAN, steps: THREE }));
    await build(rig, '--keep-steps');
    const found = (): string =>
      execFileSync('grep', ['-rl', 'hunter2', '.wercker/states'], { cwd: rig.folder, encoding: 'utf8' });
    expect(found).toThrow(); // grep ends with 1 where it finds nothing
  });

  it('can be looked at with a command, whose exit code is the program’s', async () => {
    await using rig = rigFor(pipelineFile({ box: DEBIAN, steps: THREE }));
    await build(rig, '--keep-steps');
    const look = await rig.run(['shell', '--at', 'two', '-c', 'echo "$X$Y"; greet you; pwd; umask; exit 7']);
    expect(look.stdout).toMatch(/^xy\nhi you\n\/tmp\n0?027\n$/);
    expect(look.exitCode).toBe(7);
    const start = await rig.run(['shell', '--at', 'start', '-c', 'ls /pipeline/source']);
    expect(start.stdout).toBe('wercker.yml\n');
    expect(looksInto(rig)).toEqual([]);
  });

  it.each([
    ['busybox', BUSYBOX, 'echo "<$X$Y>"; pwd; exit 3\n', /<xy>\s+\/tmp\s/],
    ['bash', DEBIAN, 'echo "<$X$Y>"; greet you; exit 3\n', /<xy>\s+hi you\s/],
  ])(
    'open a shell of %s at a terminal, with variables, functions and folder',
    async (_, box, types, seen) => {
      await using rig = rigFor(pipelineFile({ box, steps: THREE }));
      await build(rig, '--keep-steps');
      const run = rig.startAtTerminal(['shell', '--at', 'two']);
      await run.waitFor(/[#$] /);
      run.process.stdin?.write(types);
      const { exitCode, stdout } = await run.finished;
      expect(stdout).toMatch(seen);
      expect(exitCode).toBe(3);
      expect(looksInto(rig)).toEqual([]);
    },
  );

  it('can be compared, files and shell', async () => {
    await using rig = rigFor(pipelineFile({ box: DEBIAN, steps: THREE }));
    rig.write('gone', 'x');
    await build(rig, '--keep-steps');
    const { stdout } = await rig.run(['diff', 'one', 'two', '--content', '/pipeline/source/count']);
    expect(stdout.split('\n')).toEqual([
      '+ /pipeline/source/count  0644 4 B',
      '- /pipeline/source/gone  0644 1 B',
      '+ /pipeline/source/link  -> one',
      '~ /pipeline/source/one  0644 2 B → 0600 2 B',
      '~ folder folder  /pipeline/source → /tmp',
      '~ umask umask  0022 → 0027',
      '/pipeline/source/count',
      '+ ran',
      '  ',
      '',
    ]);
  });

  it('say that an image is gone, which one, and what to do', async () => {
    await using rig = rigFor(pipelineFile({ steps: THREE }));
    await build(rig, '--keep-steps');
    const [kept] = await keptRuns(rig);
    docker('rmi', '-f', `slipway-state:${kept?.runId}-2`);
    const { exitCode, stderr } = await build(rig, '--from', 'three');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the state "two" of run ${kept?.runId} is gone`);
    expect(stderr).toContain('run once more with --keep-steps');
    expect((await keptRuns(rig))[0]?.states.map(({ gone }) => gone)).toEqual([false, false, true]);
  });

  it('say what they do not hold, and which steps are no longer what was run', async () => {
    await using rig = rigFor(
      pipelineFile({ steps: [script({ name: 'a', code: 'true' }), ...THREE.slice(2)] }),
    );
    rig.write('ok', '');
    rig.write('count', '');
    const first = await build(rig, '--keep-steps', '--direct-mount');
    expect(first.stderr).toContain('States do not hold what is mounted: /pipeline/source, /pipeline/cache');
    rig.write(
      'wercker.yml',
      pipelineFile({ steps: [script({ name: 'a', code: 'echo other' }), ...THREE.slice(2)] }),
    );
    const second = await build(rig, '--from', 'step-2', '--direct-mount');
    expect(second.stderr).toContain('The step "a" is not what the kept run did there');
    expect(second.stderr).toContain('because it was mounted');
    expect(second.exitCode).toBe(0);
  });

  it('are kept of as many runs as was asked for', async () => {
    await using rig = rigFor(pipelineFile({ steps: ['true'] }));
    for (let i = 0; i < 3; i += 1) await build(rig, '--keep-steps', '--keep-states', '2');
    const kept = await keptRuns(rig);
    expect(kept).toHaveLength(2);
    const removed = [...made].filter((id) => !kept.some(({ runId }) => runId === id));
    for (const id of removed.filter((one) => stateImages(one).length === 0)) made.delete(id);
    expect(kept.every(({ states }) => states.every(({ gone }) => !gone))).toBe(true);
  });

  it.each([
    [['build', '--from', 'nope'], 1, 'there is no step "nope"; the steps are step-1 (one)'],
    [['build', '--from', 'script'], 1, 'several steps are called "script": step-1, step-2, step-3'],
    [['build', '--from', 'two'], 1, 'no run of the pipeline build has kept states here'],
    [['build', '--state', 'x'], 2, 'name a step with --from STEP'],
    [['shell'], 2, 'name a state with --at STEP'],
    [['diff', 'one'], 2, 'name two states'],
    [['hold', 'retry'], 2, 'no run is held'],
  ])('answers %j with what is wrong', async (words, exitCode, message) => {
    await using rig = rigFor(pipelineFile({ steps: THREE }));
    const finished = await rig.run(words);
    expect(finished.stderr).toContain(message);
    expect(finished.exitCode).toBe(exitCode);
  });
});
