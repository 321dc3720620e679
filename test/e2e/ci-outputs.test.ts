import { execFileSync } from 'node:child_process';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAILING, SECRET } from '../support/failing-run.ts';
import { junitMistakes, parseXml } from '../support/junit.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

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

  it('refuses a place where no file can be, before anything starts', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const { exitCode, stderr } = await rig.run(['build', '--junit', '/proc/no/run.xml']);
    expect(stderr).toContain('--junit: /proc/no/run.xml cannot be written');
    expect(exitCode).toBe(2);
    expect(rig.exists('.wercker')).toBe(false);
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
