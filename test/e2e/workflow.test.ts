import { lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUSYBOX, createRig, type Finished, type Rig } from '../support/rig.ts';

interface Place {
  readonly name: string;
  readonly code?: string;
  readonly pipelineName?: string;
  readonly requires?: readonly string[];
  readonly artifactPipeline?: string;
  readonly envFile?: string;
}

/** A project whose workflow `all` has these pipelines; `code` is the one step of each. */
function createWorkflowRig(...places: readonly Place[]): Rig {
  const sections = places.map(({ name, code }) => [name, { steps: [{ script: { name: 'work', code } }] }]);
  const own = places.filter(({ code }) => code !== undefined).map(({ name }) => name);
  const pipelines = places.map(({ code, ...place }) => place);
  return createRig(
    JSON.stringify({
      box: BUSYBOX,
      ...Object.fromEntries(sections.filter(([name]) => own.includes(String(name)))),
      workflows: [{ name: 'all', pipelines }],
    }),
  );
}

/** What the steps of a pipeline printed. */
const printedBy = ({ stdout }: Finished, name: string): string[] =>
  stdout
    .split('\n')
    .map((line) => line.split(' | '))
    .flatMap(([from, ...text]) => (from?.trimEnd() === name ? [text.join(' | ')] : []));

describe.concurrent('the source of a pipeline', () => {
  test('is the output of the one that it requires, links as links', async () => {
    await using rig = createWorkflowRig(
      {
        name: 'build',
        code: 'cd "$WERCKER_OUTPUT_DIR"; echo made >file; ln -s file link; ln -s nowhere lost',
      },
      {
        name: 'ship',
        code: 'ls; cat link; readlink link; readlink lost; echo "$DEPLOY$CI"',
        requires: ['build'],
      },
    );
    rig.write('source.txt', 'x');
    const run = await rig.run(['workflow', 'all']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(printedBy(run, 'ship')).toEqual(['file', 'link', 'lost', 'made', 'file', 'nowhere', 'true']);
    expect(readlinkSync(join(rig.folder, '.wercker/latest_deploy'))).toMatch(/^builds\/[0-9a-f]{24}$/);
    expect(lstatSync(join(rig.folder, '.wercker/latest_deploy/output/link')).isSymbolicLink()).toBe(true);
  });

  test('has a folder for each of several, or is the one that artifactPipeline names', async () => {
    await using rig = createWorkflowRig(
      { name: 'one', code: 'echo 1 >"$WERCKER_OUTPUT_DIR/one.txt"' },
      {
        name: 'two words',
        code: 'echo 2 >"$WERCKER_OUTPUT_DIR/two.txt"; ln -s two.txt "$WERCKER_OUTPUT_DIR/l"',
      },
      { name: 'both', code: 'ls *; readlink "two words/l"', requires: ['one', 'two words'] },
      { name: 'chosen', code: 'ls', requires: ['one', 'two words'], artifactPipeline: 'one' },
    );
    const run = await rig.run(['workflow', 'all']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(printedBy(run, 'both')).toEqual(['one:', 'one.txt', '', 'two words:', 'l', 'two.txt', 'two.txt']);
    expect(printedBy(run, 'chosen')).toEqual(['one.txt']);
  });

  test('is the project for every root, also where the project has links', async () => {
    await using rig = createWorkflowRig(
      { name: 'a', code: 'readlink up; cat data' },
      { name: 'b', code: 'readlink up; cat data' },
    );
    rig.write('data', 'of the project\n');
    symlinkSync('../up', join(rig.folder, 'up'));
    const run = await rig.run(['workflow', 'all']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    for (const name of ['a', 'b']) expect(printedBy(run, name)).toEqual(['../up', 'of the project']);
    expect(run.stderr).toContain('multiple root pipelines: a, b');
  });
});

describe.concurrent('a workflow', () => {
  test('reads variables for one pipeline alone from its envFile', async () => {
    await using rig = createWorkflowRig(
      { name: 'plain', code: 'echo "<$PLACE>"' },
      { name: 'staged', code: 'echo "<$PLACE>"', requires: ['plain'], envFile: 'staging.env' },
    );
    rig.write('staging.env', 'X_PLACE=staging\n');
    rig.write('ENVIRONMENT', 'X_PLACE=usual\n');
    const run = await rig.run(['workflow', 'all']);
    expect(printedBy(run, 'plain')).toEqual(['<usual>']);
    expect(printedBy(run, 'staged')).toEqual(['<staging>']);
  });

  test('runs what is independent at the same time, each line whole and with its name', async () => {
    const meet = (own: string, other: string): string => `
      echo here >"/shared/${own}"
      while [ ! -e "/shared/${other}" ]; do sleep 0.1; done
      for i in 1 2 3 4 5 6 7 8 9; do printf '${own}${own}'; printf '${own}\\n'; done`;
    await using rig = createRig();
    const shared = join(rig.folder, 'shared');
    mkdirSync(shared);
    rig.write(
      'wercker.yml',
      JSON.stringify({
        box: { id: BUSYBOX, volumes: `${shared}:/shared` },
        a: { steps: [{ script: { code: meet('a', 'b') } }] },
        b: { steps: [{ script: { code: meet('b', 'a') } }] },
        workflows: [{ name: 'all', pipelines: [{ name: 'a' }, { name: 'b' }] }],
      }),
    );
    const run = await rig.run(['workflow', 'all', '--enable-volumes']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(printedBy(run, 'a')).toEqual(Array.from({ length: 9 }, () => 'aaa'));
    expect(printedBy(run, 'b')).toEqual(Array.from({ length: 9 }, () => 'bbb'));
    expect(run.stderr).toMatch(/✓ a .*\n.*✓ b |✓ b .*\n.*✓ a /);
    expect(run.stderr).toMatch(/Workflow finished: \d+\.\d\ds\n$/);
  });

  test('that fails says which pipeline did, which never ran, and ends with 1', async () => {
    await using rig = createWorkflowRig(
      { name: 'build', code: 'fail "no flour"' },
      { name: 'ship', code: 'true', requires: ['build'] },
    );
    const run = await rig.run(['workflow', 'all']);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('Unable to run workflow: unable to run pipeline build: Step failed: work');
    expect(run.stderr).toMatch(/✗ build/);
    expect(run.stderr).toMatch(/- ship +not run/);
  });

  test('shows no secret in its summary, whatever a step says why it failed', async () => {
    await using rig = createWorkflowRig({ name: 'build', code: 'setMessage "token $TOKEN"; return 3' });
    const environment = { XXX_TOKEN: 'correct-horse-battery' };
    for (const words of [[], ['--output', 'json']]) {
      const { stdout, stderr, exitCode } = await rig.run(['workflow', 'all', ...words], { environment });
      expect(exitCode).toBe(1);
      expect(stdout + stderr).toContain('build');
      expect(stdout + stderr).not.toContain('correct-horse-battery');
    }
  });

  test('stops all its pipelines at Ctrl-C and leaves nothing', async () => {
    await using rig = createWorkflowRig(
      { name: 'a', code: 'echo up-a; sleep 1000' },
      { name: 'b', code: 'echo up-b; sleep 1000' },
    );
    const run = rig.start(['workflow', 'all']);
    await Promise.all([run.waitFor('up-a'), run.waitFor('up-b')]);
    run.process.kill('SIGINT');
    const { exitCode, stderr } = await run.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Workflow interrupted');
  });

  test('is one stream of JSON lines in which each run can be told', async () => {
    await using rig = createWorkflowRig(
      { name: 'build', code: 'echo one' },
      { name: 'ship', code: 'echo two', requires: ['build'] },
    );
    const { stdout, exitCode } = await rig.run(['workflow', 'all', '--output', 'json']);
    expect(exitCode).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>); // our own program's output
    expect(lines[0]).toMatchObject({ type: 'workflow-started', workflow: 'all' });
    expect(lines.at(-1)).toMatchObject({ type: 'workflow-finished', result: 'passed' });
    const ship = lines.find(({ type, name }) => type === 'workflow-pipeline-started' && name === 'ship');
    const output = lines.find(({ type, runId }) => type === 'step-output' && runId === ship?.['runId']);
    expect(output).toMatchObject({ workflow: 'all', workflowPipeline: 'ship' });
    expect(Buffer.from(output?.['output'] ?? '', 'base64').toString()).toBe('two\n');
  });
});

describe.concurrent('slipway workflow', () => {
  test('without a name says which there are', async () => {
    await using rig = createWorkflowRig({ name: 'build', code: 'true' });
    const run = await rig.run(['w']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('Missing workflow name to run: the file has all');
  });

  test('with a name that is not there says so, and what was probably meant', async () => {
    await using rig = createWorkflowRig({ name: 'build', code: 'true' });
    const run = await rig.run(['workflow', 'al']);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(
      `Unable to run workflow: ${join(rig.folder, 'wercker.yml')} does not contain workflow al`,
    );
  });

  test('tells every mistake with its place before anything starts', async () => {
    await using rig = createWorkflowRig(
      { name: 'build', code: 'true', requires: ['ship'] },
      { name: 'ship', pipelineName: 'biuld', requires: ['build'] },
    );
    const run = await rig.run(['workflow', 'all'], { environment: { DOCKER_HOST: 'tcp://127.0.0.1:9' } });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(
      /wercker\.yml:\d+:\d+: error: invalid workflow all: pipeline biuld is not defined/,
    );
    expect(run.stderr).toContain('invalid workflow all: contains cycle build -> ship -> build');
    expect(run.stderr).toContain('Unable to run workflow: invalid workflow: no root pipeline');
  });

  test('refuses an envFile that is not there, and flags that are for one run', async () => {
    await using rig = createWorkflowRig({ name: 'build', code: 'true', envFile: 'none.env' });
    const run = await rig.run(['workflow', 'all']);
    expect(run).toMatchObject({ exitCode: 1 });
    expect(run.stderr).toContain('none.env');
    expect(await rig.run(['workflow', 'all', '--pipeline', 'x'])).toMatchObject({ exitCode: 2 });
    expect(await rig.run(['workflow', 'all', '--parallel', '1.5'])).toMatchObject({ exitCode: 2 });
  });

  test('is not needed to find mistakes: check-config and --workflows-in-yml do, a plain build runs', async () => {
    await using rig = createWorkflowRig(
      { name: 'build', code: 'true' },
      { name: 'x', pipelineName: 'nobody' },
    );
    const check = await rig.run(['check-config']);
    expect(check.exitCode).toBe(1);
    expect(check.stderr).toContain('invalid workflow all: pipeline nobody is not defined');
    const strict = await rig.run(['build', '--workflows-in-yml']);
    expect(strict.exitCode).toBe(1);
    expect(strict.stderr).toContain('invalid workflow all: pipeline nobody is not defined');
    const plain = await rig.run(['build']);
    expect(plain, plain.stderr).toMatchObject({ exitCode: 0 });
    expect(plain.stderr).not.toContain('nobody');
  });
});

test('two runs at once in one folder both see the project, and leave one copy and one cache', async () => {
  await using rig = createRig(
    JSON.stringify({
      box: BUSYBOX,
      build: {
        steps: [
          {
            script: {
              code: 'cat data; echo "$WERCKER_RUN_ID" >"$WERCKER_CACHE_DIR/a"; cp "$WERCKER_CACHE_DIR/a" "$WERCKER_CACHE_DIR/b"',
            },
          },
        ],
      },
    }),
  );
  rig.write('data', 'whole\n');
  const runs = await Promise.all([rig.run(['build']), rig.run(['build'])]);
  for (const run of runs) expect(run, run.stderr).toMatchObject({ exitCode: 0, stdout: 'whole\n' });
  expect(rig.read('.wercker/cache/a')).toBe(rig.read('.wercker/cache/b'));
  expect(rig.read('.wercker/latest/source/data')).toBe('whole\n');
});
