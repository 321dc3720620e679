import { describe, expect, it } from 'vitest';
import { PROJECT_KINDS, readTemplate } from '../../src/project/index.ts';
import { imageWithNpm } from '../support/npm-image.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

describe('init', () => {
  it.each([
    [['package.json', 'Dockerfile', 'requirements.txt'], 'nodejs'],
    [['package.json', 'yarn.lock'], 'nodejs-yarn'],
    [['package.json', 'pnpm-lock.yaml', 'yarn.lock'], 'nodejs-pnpm'],
    [['requirements.txt', 'Gemfile'], 'python'],
    [['pyproject.toml'], 'python'],
    [['Gemfile', 'main.go'], 'ruby'],
    [['main.go'], 'golang'],
    [['pom.xml', 'gradlew'], 'java-maven'],
    [['app.gradle.kts'], 'java-gradle'],
    [['Cargo.toml'], 'rust'],
    [['composer.json'], 'php'],
    [['Dockerfile'], 'docker'],
    [['README.md'], 'default'],
  ])('takes %j for %s and writes a file without a mistake', async (names, kind) => {
    await using rig = createRig();
    for (const name of names) rig.write(`app/${name}`, '');
    const { exitCode, stdout } = await rig.run(['init', 'app']);
    expect(stdout).toBe(`Detected: ${kind}\nWrote app/wercker.yml; \`slipway build\` runs it\n`);
    expect(exitCode).toBe(0);
    const checked = await rig.run(['check-config'], { folder: 'app' });
    expect(checked.stdout).toContain('Found pipeline section: build');
    expect(checked.stderr).toBe('');
    expect(checked.exitCode).toBe(0);
  });

  it('has a template for every kind', async () => {
    const templates = await Promise.all(PROJECT_KINDS.map(readTemplate));
    for (const template of templates) expect(template).toMatch(/^# What Slipway does with this project/);
    expect(await readTemplate('../../package.json')).toBeUndefined();
  });

  it('leaves a file that is there, unless it is told otherwise', async () => {
    await using rig = createRig('mine');
    const refused = await rig.run(['init']);
    expect(refused.stderr).toBe('./wercker.yml already exists: `slipway init --force` replaces it\n');
    expect(refused.exitCode).toBe(1);
    expect(rig.read('wercker.yml')).toBe('mine');
    expect((await rig.run(['init', '--kind', 'golang', '--force'])).exitCode).toBe(0);
    expect(rig.read('wercker.yml')).toContain('box: golang:');
    rig.write('other/ewok.yml', '');
    expect((await rig.run(['init', 'other', '--force'])).stderr).toContain('it would be read first');
  });

  it.each([
    [['init', '--kind', 'node'], 2, 'there is no kind "node"'],
    [['init', 'absent'], 1, 'cannot look into absent: no such file or directory'],
  ])('%j ends with %i and a sentence', async (words, code, sentence) => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(code);
  });

  it('writes what builds and tests a real project', { timeout: 180_000 }, async () => {
    await using image = await imageWithNpm();
    await using rig = createRig();
    const scripts = { build: 'node -e "console.log(6 * 7)"', test: 'node --test' };
    rig.write('package.json', JSON.stringify({ name: 'app', version: '1.0.0', type: 'module', scripts }));
    rig.write('sum.test.js', "import { test } from 'node:test';\ntest('adds up', () => {});\n");
    await rig.run(['init']);
    rig.write('wercker.yml', rig.read('wercker.yml').replace('box: node:24', `box: ${image.name}`));
    const { exitCode, stdout } = await rig.run(['build']);
    expect(stdout).toContain('42\n');
    expect(stdout).toContain('adds up');
    expect(exitCode).toBe(0);
  });
});

describe('a project without a file', () => {
  it('is told of init, and with --default-file runs what it would write', async () => {
    await using rig = createRig();
    rig.write('README.md', '');
    const told = await rig.run(['build']);
    expect(told.stderr).toContain('there is no wercker.yml in .');
    expect(told.stderr).toContain('`slipway init` writes one');
    const used = await rig.run(['build', '--default-file', '--pull', 'never']);
    expect(used.stderr).not.toContain('there is no wercker.yml');
    expect(used.stderr).toContain('debian:12');
    expect(rig.exists('wercker.yml')).toBe(false);
  });
});

describe('detect', () => {
  it('says what it found and writes the file', async () => {
    await using rig = createRig();
    rig.write('Gemfile', '');
    const { exitCode, stdout } = await rig.run(['detect']);
    expect(stdout).toBe('Detected: ruby\nGenerating wercker.yml\n');
    expect(exitCode).toBe(0);
    expect(rig.read('wercker.yml')).toContain('box: ruby:');
  });

  it.each([
    ['what\nno\n', 1, false],
    ['Yes please\n', 0, true],
    ['', 1, false],
  ])('asks before it replaces a file; %j ends with %i', async (input, code, isReplaced) => {
    await using rig = createRig(pipelineFile({ steps: [] }));
    const { exitCode, stdout, stderr } = await rig.run(['detect'], { input });
    expect(stdout).toBe('No stack detected, generating default wercker.yml\n');
    expect(stderr).toContain('wercker.yml already exists. Do you want to overwrite? (yes/no)');
    expect(stderr.includes('Exiting...')).toBe(!isReplaced);
    expect(rig.read('wercker.yml').includes('say here how to build')).toBe(isReplaced);
    expect(exitCode).toBe(code);
  });
});
