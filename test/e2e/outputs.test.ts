import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { junitMistakes, parseXml } from '../support/junit.ts';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig, type Finished } from '../support/rig.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/slipway');

interface Line {
  readonly type: string;
  readonly runId?: string;
  readonly [field: string]: unknown;
}

const linesOf = ({ stdout }: Pick<Finished, 'stdout'>): Line[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

interface EventsSchema {
  readonly oneOf: readonly { readonly title: string; readonly properties: Record<string, object> }[];
}

const SCHEMA = JSON.parse(execFileSync(PROGRAM, ['schema', 'events'], { encoding: 'utf8' })) as EventsSchema;

/** What is wrong with lines, by the published schema, and by it without room for more fields; empty for good ones. */
function mistakesIn(lines: readonly Line[]): string[] {
  const strict = { ...SCHEMA, oneOf: SCHEMA.oneOf.map((line) => ({ ...line, additionalProperties: false })) };
  return [SCHEMA, strict].flatMap((schema) => {
    const accepts = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(schema);
    return lines.filter((line) => !accepts(line)).map((line) => JSON.stringify(line));
  });
}

const FAILING = pipelineFile({
  steps: [
    'echo out; echo "$TOKEN" >"$WERCKER_OUTPUT_DIR/x"',
    script({ name: 'bad', code: 'printf "no newline"; fail "no $TOKEN"' }),
    'echo never',
  ],
  afterSteps: ['echo "$WERCKER_RESULT"'],
});

const SECRET = { XXX_TOKEN: 'correct-horse' };

describe.concurrent('the JSON stream', () => {
  it('holds what its schema says, and the run in every line', async () => {
    await using rig = createRig(FAILING);
    rig.write('wercker.yml', JSON.stringify({ ...JSON.parse(FAILING), other: { step: 1 } }));
    const finished = await rig.run(['build', '--output', 'json'], { environment: SECRET });
    const lines = linesOf(finished);
    expect(mistakesIn(lines)).toEqual([]);
    expect(new Set(lines.map(({ runId }) => runId)).size).toBe(1);
    const types = lines.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['run-started', 'diagnosed', 'run-planned', 'step-output']));
    expect(types.at(-1)).toBe('run-finished');
    expect(finished.stdout + finished.stderr).not.toContain('correct-horse');
    expect(finished.exitCode).toBe(1);
  });

  it('holds what is stored, and everything of a run that passes', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x >"$WERCKER_OUTPUT_DIR/x"'] }));
    const lines = linesOf(await rig.run(['build', '--artifacts', '--log-json']));
    expect(mistakesIn(lines)).toEqual([]);
    expect(lines.map(({ type }) => type)).toContain('artifact-stored');
  });

  it('names the run that a service is built for', async () => {
    const service = JSON.stringify({
      box: 'localhost/slipway-busybox:1',
      build: { steps: [{ script: { code: 'true' } }] },
    });
    await using rig = createRig(
      pipelineFile({
        services: [{ url: 'file://service#build', name: 'part', cmd: 'sleep 100', ready: false }],
        steps: ['true'],
      }),
    );
    rig.write('service/wercker.yml', service);
    const lines = linesOf(await rig.run(['build', '--output', 'json']));
    const [outer, inner] = lines.filter(({ type }) => type === 'run-started');
    expect(mistakesIn(lines)).toEqual([]);
    expect(inner).toMatchObject({ partOf: outer?.runId });
    const image = `run-${inner?.runId}`;
    execFileSync('docker', ['rmi', '-f', `${image}:latest`], { stdio: 'ignore' });
  });

  it.each([
    [['build', '--artefacts'], 2, { code: 'usage', message: expect.stringContaining('--artefacts') }],
    [['biuld'], 3, { code: 'unknown-command' }],
    [['build', '--junit', '.'], 2, { code: 'usage', message: expect.stringContaining('--junit') }],
    [['plan', 'nope'], 1, { code: 'failed' }],
  ])('tells what is wrong with %j as a line too', async (words, exitCode, wanted) => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const finished = await rig.run([...words, '--output', 'json']);
    const lines = linesOf(finished);
    expect(mistakesIn(lines)).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ type: 'error', exitCode, ...wanted });
    expect(finished).toMatchObject({ exitCode, stderr: '' });
  });

  it.each([[['check-config']], [['clean']], [['plan']], [['version']]])(
    'is the answer of %j as well',
    async (words) => {
      await using rig = createRig(pipelineFile({ steps: ['true'] }));
      const finished = await rig.run([...words, '--output=json']);
      expect(mistakesIn(linesOf(finished))).toEqual([]);
      expect(finished.exitCode).toBe(0);
    },
  );
});

describe('docs/events.md', () => {
  const page = readFileSync(join(ROOT, 'docs/events.md'), 'utf8');
  const rows = new Map(
    page.split('\n').flatMap((line): [string, string][] => {
      const [, type, fields] = /^\| `([a-z-]+)` \|(.*)\|$/.exec(line) ?? [];
      return type === undefined || fields === undefined ? [] : [[type, fields]];
    }),
  );

  it('has a row for each type of line and for no other', () => {
    expect([...rows.keys()].sort()).toEqual(SCHEMA.oneOf.map(({ title }) => title).sort());
  });

  it.each(SCHEMA.oneOf.map(({ title, properties }) => [title, Object.keys(properties)] as const))(
    'names every field of %s',
    (type, fields) => {
      const always = ['version', 'type', 'time', 'runId'];
      const missing = fields.filter(
        (field) => !always.includes(field) && !rows.get(type)?.includes(`\`${field}\``),
      );
      expect(missing).toEqual([]);
    },
  );
});

describe.concurrent('--junit', () => {
  it('writes the file of a run that failed, masked and valid', async () => {
    await using rig = createRig(FAILING);
    const { exitCode } = await rig.run(['build', '--junit', 'reports/run.xml'], { environment: SECRET });
    const document = parseXml(rig.read('reports/run.xml'));
    expect(junitMistakes(document)).toEqual([]);
    expect(document.children[0]?.attributes).toMatchObject({
      name: 'build',
      tests: '4',
      failures: '1',
      skipped: '1',
    });
    expect(rig.read('reports/run.xml')).toContain('no ***');
    expect(rig.read('reports/run.xml')).not.toContain('correct-horse');
    expect(exitCode).toBe(1);
  });

  it('writes the file of a run that could not start, and of one that was interrupted', async () => {
    await using rig = createRig(pipelineFile({ box: 'localhost/slipway-no-such-image:1', steps: ['true'] }));
    await rig.run(['build', '--pull', 'never', '--junit', 'start.xml']);
    rig.write('wercker.yml', pipelineFile({ steps: ['echo going; sleep 60'] }));
    const run = rig.start(['build', '--junit', 'stop.xml']);
    await run.waitFor('going');
    run.process.kill('SIGINT');
    await run.finished;
    for (const name of ['start.xml', 'stop.xml']) {
      const document = parseXml(rig.read(name));
      expect(junitMistakes(document)).toEqual([]);
      expect(document.attributes['errors'], name).toBe('1');
    }
  });

  it('fails a run whose file cannot be written in the end, and says why', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const run = rig.start(['build', '--direct-mount', '--junit', 'gone/run.xml']);
    await run.waitFor('Running step');
    execFileSync('rm', ['-r', join(rig.folder, 'gone')]);
    rig.write('gone', 'a file is in the way');
    const { exitCode, stderr } = await run.finished;
    expect(stderr).toContain('cannot write the JUnit file gone/run.xml');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('in a CI system', () => {
  const hostile = pipelineFile({
    steps: ['echo "::error::mine"; echo "##teamcity[message]"; printf "no newline"'],
  });

  it.each([
    [{ GITHUB_ACTIONS: 'true' }, /^::group::step: script$/m],
    [{ TEAMCITY_VERSION: '2025.1' }, /^##teamcity\[blockOpened name='step: script'/m],
    [{ GITLAB_CI: 'true' }, /^section_start:\d+:slipway_\d+\r.\[0Kstep: script$/m],
  ])('%j marks the log, all of it on one stream', async (environment, mark) => {
    await using rig = createRig(hostile);
    const { exitCode, stdout, stderr } = await rig.run(['build'], { environment });
    expect(stdout).toMatch(mark);
    expect(stdout).toMatch(/no newline\n(::|##|-->|section)/);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const plain = await rig.run(['build', '--ci', 'none'], { environment });
    expect(plain.stdout).toBe('::error::mine\n##teamcity[message]\nno newline');
  });

  it('annotates mistakes in the file at their place, before a run and in check-config', async () => {
    await using rig = createRig('box: x\nbuild:\n  steps: 42\n');
    for (const command of ['build', 'check-config']) {
      const { exitCode, stdout } = await rig.run([command, '--ci', 'github'], {
        environment: { GITHUB_WORKSPACE: resolve(rig.folder, '..') },
      });
      const file = `${basename(rig.folder)}/wercker.yml`;
      expect(stdout).toContain(
        `::error file=${file},line=3,endLine=3,col=10,endColumn=11,title=wrong-type::"steps"`,
      );
      expect(exitCode).toBe(1);
    }
  });

  it('on GitHub no step speaks in the name of Slipway', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['echo "::error::out"; setMessage "$(printf "\\n::error::message")"; false'] }),
    );
    const { stdout } = await rig.run(['build', '--ci', 'github']);
    let token: string | undefined;
    const heard: string[] = [];
    for (const line of stdout.split('\n').map((each) => each.trim())) {
      const [, stopped] = /^::stop-commands::(.+)$/.exec(line) ?? [];
      if (token === undefined && stopped !== undefined) token = stopped;
      else if (token !== undefined && line === `::${token}::`) token = undefined;
      else if (token === undefined && line.startsWith('::')) heard.push(line.replace(/ .*|::[^:]*$/, ''));
    }
    expect(heard.filter((line) => !/^::(group|endgroup|error title=Step failed)/.test(line))).toEqual([
      '::error',
    ]);
    expect(stdout).toContain('::error title=Step failed%3A script::');
    expect(token).toBeUndefined();
  });
});

describe.concurrent('on a terminal', () => {
  /** The program on a terminal of this width. */
  function onTerminal(folder: string, columns: number, environment: Record<string, string> = {}): string {
    const command = `stty cols ${columns}; ${PROGRAM} build`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm', ...environment },
    });
    return stdout;
  }

  it('is coloured, except where nobody wants that', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x'] }));
    expect(onTerminal(rig.folder, 80)).toContain('\u001b[32m');
    expect(onTerminal(rig.folder, 80, { NO_COLOR: '1' })).not.toContain('\u001b[3');
  });

  it('keeps the summary within 40 columns', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [script({ name: 'long '.repeat(20), code: 'true' })] }),
    );
    const screen = onTerminal(rig.folder, 40, { NO_COLOR: '1' });
    const [, summary = ''] = screen.split(/Step passed:.*\r\n/s);
    const line = screen.split('\r\n').find((each) => each.includes('✓')) ?? '';
    expect(line.length, summary).toBeGreaterThan(20);
    expect(line.length, summary).toBeLessThanOrEqual(40);
  });
});

describe.concurrent('completion', () => {
  /** What bash offers for the last of the words. */
  function offered(folder: string, ...words: string[]): string[] {
    const ask = `source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', ask, PROGRAM, PROGRAM, ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    return output.split('\n').filter(Boolean);
  }

  it.each([
    [['bui'], ['build']],
    [
      ['build', '--ci', ''],
      ['auto', 'github', 'teamcity', 'gitlab', 'none'],
    ],
    [['build', '--ci', '=', 'te'], ['teamcity']],
    [
      ['build', '--pipeline', ''],
      ['build', 'deploy-it'],
    ],
    [['--output', 'json', 'plan', 'd'], ['deploy-it']],
    [['build', '--wercker-yml', 'w'], ['wercker.yml']],
    [['build', '--jun'], ['--junit']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['schema', ''],
      ['file', 'events'],
    ],
  ])('in bash offers for %j %j', async (words, wanted) => {
    await using rig = createRig(pipelineFile({ steps: [], top: { 'deploy-it': { steps: [] } } }));
    mkdirSync(join(rig.folder, 'folder'));
    expect(offered(rig.folder, ...words)).toEqual(wanted);
  });

  it.each([
    ['zsh', ['-n']],
    ['fish', ['--no-config', '-n']],
  ])('is no syntax error for %s, where that is installed', async (shell, flags) => {
    await using rig = createRig();
    const { stdout } = await rig.run(['completion', shell]);
    expect(stdout).toContain('junit');
    const { error, status, stderr } = spawnSync(shell, [...flags, '/dev/stdin'], {
      input: stdout,
      encoding: 'utf8',
    });
    if (error === undefined) expect(status, stderr).toBe(0);
    else expect(error).toMatchObject({ code: 'ENOENT' });
  });
});

describe.concurrent('man', () => {
  it.each([[[]], [['build']], [['plan']], [['completion']]])('prints a page for %j', async (words) => {
    await using rig = createRig();
    const { stdout, exitCode } = await rig.run(['man', ...words]);
    expect(stdout).toMatch(/^\.TH "SLIPWAY/);
    for (const section of ['NAME', 'SYNOPSIS', 'SEE ALSO']) expect(stdout).toContain(`.SH "${section}"`);
    expect(stdout).not.toMatch(/undefined|\[object|^'/m);
    expect(exitCode).toBe(0);
    const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: stdout, encoding: 'utf8' });
    if (groff.error === undefined) expect(groff).toMatchObject({ status: 0, stderr: '' });
  });

  it('says so when there is no such command', async () => {
    await using rig = createRig();
    expect(await rig.run(['man', 'nope'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
