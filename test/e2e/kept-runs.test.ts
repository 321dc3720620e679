import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { manifestKey } from '../../src/artifacts/index.ts';
import { manifestOf, putText } from '../../src/artifacts/testing/kept-run.ts';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { serve } from '../support/download-server.ts';
import { keepRun, openRigStore } from '../support/kept-runs.ts';
import { createRig, type Finished, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

/** The JSON lines of a command, each of which is as the schema of the program says. */
function linesOf({ stdout }: Finished): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
      return value as Record<string, unknown>;
    });
}

const json = async (rig: Rig, ...words: string[]): Promise<Record<string, unknown>[]> =>
  linesOf(await rig.run([...words, '--output', 'json']));

const idsOf = (lines: readonly Record<string, unknown>[]): unknown[] => lines.map(({ runId }) => runId);

const NOW_SECONDS = Math.floor(Date.now() / 1000);

/** The id of a run that began so many days ago, always the same one. */
const idAt = (daysAgo: number): string => `${(NOW_SECONDS - daysAgo * 86_400).toString(16)}0000000000000001`;

describe('slipway runs', () => {
  it('lists runs, newest first, without colours in a pipe', async () => {
    await using rig = createRig();
    await keepRun(rig, idAt(2), 2, { pipeline: 'deploy', result: 'failed' });
    await keepRun(rig, idAt(1), 1, { kept: true }, { sizeBytes: 2048 });
    const { stdout, stderr, exitCode } = await rig.run(['runs']);
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'RUN | APPLICATION | PIPELINE | RESULT | STARTED | TOOK | ARTIFACTS',
      `${idAt(1)} | app | build | passed | 1d ago | 10.00s | 1, 2.0 KiB, kept`,
      `${idAt(2)} | app | deploy | failed | 2d ago | 10.00s | 1, 10 B`,
      '',
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it('filters by application, pipeline, result and time, and stops at the limit', async () => {
    await using rig = createRig();
    await keepRun(rig, idAt(1), 1);
    await keepRun(rig, idAt(2), 2, { result: 'failed' });
    await keepRun(rig, idAt(3), 3, { application: { id: 'x1', name: 'Other' }, pipeline: 'deploy' });
    expect(idsOf(await json(rig, 'runs', '--result', 'failed'))).toEqual([idAt(2)]);
    expect(idsOf(await json(rig, 'runs', '--application', 'Other'))).toEqual([idAt(3)]);
    expect(idsOf(await json(rig, 'runs', '--application', 'x1'))).toEqual([idAt(3)]);
    expect(idsOf(await json(rig, 'runs', '--pipeline', 'build', '--limit', '1'))).toEqual([idAt(1)]);
    expect(idsOf(await json(rig, 'runs', '--since', '60h'))).toEqual([idAt(1), idAt(2)]);
    const none = await rig.run(['runs', '--pipeline', 'nope']);
    expect(none).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No run is like that: slipway runs lists all of them.\n',
    });
  });

  it('shows all of one run by the beginning of its id, with files that can be opened', async () => {
    await using rig = createRig();
    await keepRun(rig, 'abcdef', 1, {
      result: 'failed',
      message: 'exit code 3',
      git: { branch: 'main', commit: '1234abc' },
      steps: [{ safeId: 's', displayName: 'npm test', phase: 'main', result: 'failed', durationMs: 1200 }],
    });
    const { stdout } = await rig.run(['runs', 'abc']);
    expect(stdout.split('\n')).toEqual([
      'Run abcdef  build build  failed',
      '  application  app',
      expect.stringMatching(/^ {2}started {6}\d{4}-\d\d-\d\dT.*Z \(1d ago\), took 10\.00s$/),
      '  git          main 1234abc',
      '  message      exit code 3',
      'Steps',
      '  ✗ npm test     1.20s',
      'Artifacts',
      '  output  output.tar  10 B',
      `    ${rig.dataFolder}/store/project-artifacts/app/abcdef/output.tar`,
      '',
    ]);
    expect(await json(rig, 'runs', 'latest')).toMatchObject([
      { type: 'run', runId: 'abcdef', result: 'failed' },
    ]);
  });

  it.each([
    [['runs', 'abcdeg'], 1, 'there is no run "abcdeg"', 'Did you mean abcdef?'],
    [['runs', '--result', 'green'], 2, '--result: expected passed or failed or', ''],
    [['runs', '--since', 'yesterday'], 2, '--since: expected a time such as', ''],
    [['runs', 'a', 'b'], 2, 'runs takes no argument "b"', ''],
    [['runs', 'keep'], 2, 'runs keep: name a run, or latest', ''],
    [
      ['artifacts', 'list', 'abcdef', 'outptu'],
      1,
      'has no artifact "outptu"',
      'it has output; did you mean output?',
    ],
    [
      ['gc', '--keep-days', 'few'],
      2,
      '--keep-days: expected a number above 0, or unlimited, found "few"',
      '',
    ],
  ])('answers %j with what is wrong', async (words, exitCode, message, hint) => {
    await using rig = createRig();
    await keepRun(rig, 'abcdef', 1);
    const finished = await rig.run(words);
    expect(finished.stderr).toContain(message);
    expect(finished.stderr).toContain(hint);
    expect(finished.exitCode).toBe(exitCode);
  });

  it('says how to make a run where there is none', async () => {
    await using rig = createRig();
    const { stdout, stderr, exitCode } = await rig.run(['runs']);
    expect([stdout, exitCode]).toEqual(['', 0]);
    expect(stderr).toMatch(/^No run is kept in the folder .* yet: slipway build makes one\.\n$/);
  });

  it('shows hostile records safely, and lists on where one is damaged', async () => {
    await using rig = createRig();
    const evil = 'evil\u001b[2J\u202e\nname';
    await keepRun(rig, 'evil', 1, {
      application: { id: 'a', name: evil },
      pipeline: 'p'.repeat(100_000),
      message: `${evil}${'m'.repeat(100_000)}`,
      git: { branch: evil },
      steps: [{ safeId: 's', displayName: evil, phase: 'main', result: 'passed', durationMs: 1 }],
      startedAt: 8.64e15, // the last moment that is a date
      artifacts: [],
    });
    await using store = await openRigStore(rig);
    await putText(store, 'runs/not-json.json', '{');
    await putText(store, 'runs/too-new.json', '{"version":2}');
    const list = await rig.run(['runs']);
    expect(list.exitCode).toBe(0);
    expect(list.stdout.split('\n')).toHaveLength(3);
    expect(list.stdout).toContain('evil␛[2J\ufffd␊name');
    expect(list.stderr).toContain('warning: the record of run not-json cannot be read');
    expect(list.stderr).toContain('warning: the record of run too-new cannot be read');
    const one = await rig.run(['runs', 'evil']);
    for (const { stdout } of [list, one]) {
      expect(stdout).not.toContain('\u001b');
      expect(stdout).not.toContain('\u202e');
      expect(stdout.length).toBeLessThan(4000);
    }
    expect((await rig.run(['runs', 'too-new'])).stderr).toContain('is damaged: version');
  });
});

describe('slipway runs keep, release and remove', () => {
  it('decide what the rules may take', async () => {
    await using rig = createRig();
    await keepRun(rig, 'old', 90, { result: 'failed' });
    expect(await json(rig, 'runs', 'keep', 'old')).toMatchObject([{ type: 'run-kept', kept: true }]);
    expect((await rig.run(['gc'])).stdout).toBe('Nothing is to be removed.\n');
    expect((await rig.run(['runs', 'release', 'old'])).stdout).toContain('old is released');
    expect((await rig.run(['gc'])).stdout).toContain('Removed 1 run');
  });

  it('remove what is asked for, but a kept run and one that goes on only by force', async () => {
    await using rig = createRig();
    await keepRun(rig, 'plain', 1);
    await keepRun(rig, 'kept', 1, { kept: true });
    await keepRun(rig, 'running', 1, { result: 'running' });
    expect((await rig.run(['runs', 'remove', 'plain', 'kept'])).stderr).toContain('the run kept is kept');
    expect((await rig.run(['runs', 'remove', 'running'])).stderr).toContain('the run running goes on');
    expect(idsOf(await json(rig, 'runs'))).toHaveLength(3);
    expect(await json(rig, 'runs', 'remove', 'plain')).toMatchObject([{ type: 'removed', name: 'plain' }]);
    await rig.run(['runs', 'remove', '--force', 'kept', 'running']);
    await using store = await openRigStore(rig);
    expect((await store.list()).objects).toEqual([]);
  });

  it('ask a person first', async () => {
    await using rig = createRig();
    await keepRun(rig, 'mine', 1);
    for (const [answer, exitCode] of [
      ['\n', 1],
      ['y\n', 0],
    ] as const) {
      const asked = rig.startAtTerminal(['runs', 'remove', 'mine']);
      await asked.waitFor('Remove run mine with all that was produced? [y/N]');
      asked.process.stdin?.write(answer);
      expect((await asked.finished).exitCode).toBe(exitCode);
    }
    expect(await json(rig, 'runs')).toEqual([]);
  });
});

describe('slipway artifacts list', () => {
  it('lists the artifacts of a run, and says which are gone', async () => {
    await using rig = createRig();
    const { artifacts } = await keepRun(rig, 'run', 1, {}, { files: 3, sizeBytes: 5000 });
    const { stdout } = await rig.run(['artifacts', 'list']);
    expect(stdout.split('\n')[1]).toMatch(/^output {2}output\.tar {2}4\.9 KiB {6}3 {2}.* ago$/);
    await using store = await openRigStore(rig);
    await store.remove(artifacts[0]?.key ?? '');
    expect((await rig.run(['artifacts', 'list', 'run'])).stdout).toMatch(/gone\n$/);
    expect(await json(rig, 'artifacts', 'list')).toMatchObject([{ type: 'artifact', present: false }]);
  });

  it('lists what is in one, sorted, with mode, size and digest', async () => {
    await using rig = createRig();
    const { artifacts } = await keepRun(rig, 'run', 1, {}, { sizeBytes: 2000 });
    const [artifact] = artifacts;
    if (artifact === undefined) throw new Error('the run has an artifact');
    const entry = { mode: 0o644, modifiedAt: 0, sizeBytes: 0 };
    const sha256 = 'ab'.repeat(32);
    const entries = [
      { ...entry, path: 'z\u001b[1m', type: 'file', sizeBytes: 12, offset: 512, sha256, crc32: 1 },
      { ...entry, path: 'bin', type: 'folder', mode: 0o1755 },
      { ...entry, path: 'bin/a', type: 'link', mode: 0o777, target: '../z' },
    ];
    await using store = await openRigStore(rig);
    const manifest = { ...manifestOf('run', artifact), entries };
    await putText(store, manifestKey(artifact.key), JSON.stringify(manifest));
    expect((await rig.run(['artifacts', 'list', 'run', 'output'])).stdout).toBe(
      'bin/\nbin/a -> ../z\nz␛[1m\n',
    );
    const long = await rig.run(['artifacts', 'list', 'run', 'output', '--long']);
    expect(long.stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      'drwxr-xr-t  1970-01-01T00:00:00  bin/',
      'lrwxrwxrwx  1970-01-01T00:00:00  bin/a -> ../z',
      `-rw-r--r--  12  1970-01-01T00:00:00  ${sha256}  z␛[1m`,
      '',
    ]);
    expect(await json(rig, 'artifacts', 'list', 'run', 'output')).toMatchObject([
      { type: 'artifact-entry', artifact: 'output', path: 'bin' },
      { path: 'bin/a' },
      { path: 'z\u001b[1m', sha256 },
    ]);
  });

  it('says where a run has none', async () => {
    await using rig = createRig();
    await keepRun(rig, 'run', 1, { artifacts: [] });
    expect((await rig.run(['artifacts', 'list'])).stderr).toContain('The run run has no artifacts');
  });
});

describe('slipway gc', () => {
  it('says what would go and why, and then removes it', async () => {
    await using rig = createRig();
    await keepRun(rig, 'new', 1);
    await keepRun(rig, 'old', 45, {}, { sizeBytes: 3000 });
    const said = await rig.run(['gc', '--dry-run']);
    expect(said.stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^run old of app: it ended 45 days ago, and runs are kept for 30 days \(1 artifact, \d\.\d KiB\)$/,
      ),
      expect.stringMatching(
        /^Would remove 1 run, 0 expired artifacts, 0 leftovers: \d\.\d KiB would be free again\.$/,
      ),
      '',
    ]);
    expect(await json(rig, 'gc', '--dry-run')).toMatchObject([
      { type: 'removed', what: 'run', name: 'old', dryRun: true },
      { type: 'collected', runs: 1, dryRun: true },
    ]);
    expect(await json(rig, 'gc')).toMatchObject([
      { type: 'removed', dryRun: false },
      { type: 'collected', runs: 1 },
    ]);
    expect(idsOf(await json(rig, 'runs'))).toEqual(['new']);
  });

  it('takes its rules from flags, variables and the configuration, in this order', async () => {
    await using rig = createRig();
    for (const [id, age] of [
      ['new', 1],
      ['old', 5],
    ] as const)
      await keepRun(rig, id, age);
    rig.write('.config/slipway/config.yaml', 'retention:\n  keepDays: 3\n');
    const wouldGo = async (words: string[], environment = {}): Promise<number> =>
      linesOf(await rig.run(['gc', '--dry-run', '--output', 'json', ...words], { environment })).length - 1;
    expect(await wouldGo([])).toBe(1);
    expect(await wouldGo([], { SLIPWAY_KEEP_DAYS: '6' })).toBe(0);
    expect(await wouldGo(['--keep-days', '4'], { SLIPWAY_KEEP_DAYS: '6' })).toBe(1);
    expect(await wouldGo(['--keep-days', 'unlimited', '--max-bytes', '1KB'])).toBe(0);
    expect(await wouldGo(['--keep-days', 'unlimited', '--max-bytes', '10'])).toBe(1);
  });

  it('cleans a store that flags name', async () => {
    await using rig = createRig();
    await keepRun(rig, 'mine', 45, { result: 'failed' });
    const flags = ['--store-s3', '--local-file-store', 'other', '--s3-bucket', 'bucket'];
    expect((await rig.run(['gc', ...flags])).stdout).toBe('Nothing is to be removed.\n');
    expect(idsOf(await json(rig, 'runs'))).toEqual(['mine']);
    expect((await rig.run(['runs', ...flags])).stderr).toContain('other/bucket yet');
  });
});

describe('slipway config', () => {
  it('prints what counts and where it comes from, secrets masked', async () => {
    await using rig = createRig();
    rig.write(
      '.config/slipway/config.yaml',
      'store:\n  type: s3\n  bucket: b\n  secretAccessKey: {variable: S3_KEY}\nretention: {keepRuns: unlimited}\n',
    );
    const finished = await rig.run(['config', '--keep-days', '3', '--output', 'json'], {
      environment: { S3_KEY: 'hunter2', SLIPWAY_MAX_BYTES: '1 GiB' },
    });
    const file = `${rig.folder}/.config/slipway/config.yaml`;
    const settings = new Map(linesOf(finished).map(({ name, value, origin }) => [name, [value, origin]]));
    expect(settings.get('data.folder')).toEqual([rig.dataFolder, '$SLIPWAY_DATA_DIR']);
    expect(settings.get('store.bucket')).toEqual(['b', `${file}:3`]);
    expect(settings.get('store.secretAccessKey')).toEqual(['*** (variable S3_KEY)', `${file}:4`]);
    expect(settings.get('retention.keepDays')).toEqual(['3', '--keep-days']);
    expect(settings.get('retention.keepRuns')).toEqual(['unlimited', `${file}:5`]);
    expect(settings.get('retention.maxBytes')).toEqual(['1073741824', '$SLIPWAY_MAX_BYTES']);
    expect(settings.get('retention.automatic')).toEqual(['true', undefined]);
    expect(finished.stdout).not.toContain('hunter2');
  });

  it('says what holds where nothing is set', async () => {
    await using rig = createRig();
    const { stdout } = await rig.run(['config']);
    expect(stdout).toMatch(/^retention\.keepFailedDays +- +default \(as keepDays\)$/m);
    expect(stdout).toMatch(/^download\.roots +- +default \(downloads in the data folder\)$/m);
    expect(stdout).toMatch(/^retention\.keepDays +30 +default$/m);
  });

  it('shows every mistake with its line, on either output, and no command goes on with one', async () => {
    await using rig = createRig();
    rig.write('.config/slipway/config.yaml', 'retension: {}\nstore:\n  secretAccessKey: hunter2\n');
    for (const command of ['config', 'runs', 'gc']) {
      const { stderr, exitCode } = await rig.run([command]);
      expect(stderr).toContain('config.yaml:1:1: error: there is no key "retension" in the configuration');
      expect(stderr).toContain(
        'config.yaml:3:3: error: store.secretAccessKey: a secret is not written into this file',
      );
      expect(stderr).toContain('did you mean "retention"?');
      expect(stderr).not.toContain('hunter2');
      expect(exitCode).toBe(1);
    }
    expect(await json(rig, 'config')).toMatchObject([{ type: 'error', code: 'failed' }]);
  });

  it('keeps the data where the file says', async () => {
    await using rig = createRig();
    rig.write('.config/slipway/config.yaml', 'data: {folder: kept}\n');
    const { stderr } = await rig.run(['runs'], { environment: { SLIPWAY_DATA_DIR: '' } });
    expect(stderr).toContain(`${rig.folder}/.config/slipway/kept/store`);
  });

  it('starts the download server as the file says', async () => {
    await using rig = createRig();
    rig.write(
      '.config/slipway/config.yaml',
      'download: {port: 0, public: true, roots: [../files], linkKeyFile: keys}\n',
    );
    rig.write('.config/files/hello', 'from below the root');
    const { url, running } = await serve(rig, ['download', 'server']);
    const root = `${rig.folder}/.config/files`;
    const answer = await fetch(`${url}/api/v3/operator/artifact/download?a=hello&s=${root}`);
    expect(await answer.text()).toBe('from below the root');
    running.process.kill('SIGTERM');
    expect((await running.finished).exitCode).toBe(0);
    expect(rig.exists('.config/slipway/keys')).toBe(true);
  });
});
