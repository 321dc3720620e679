import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/slipway');

describe.concurrent('completion', () => {
  let script: string;
  beforeAll(() => {
    script = execFileSync(PROGRAM, ['completion', 'bash'], { encoding: 'utf8' });
  });

  /** What bash offers for the last of the words. */
  function offered(folder: string, ...words: string[]): string[] {
    const ask = `source <(cat); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipway; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', ask, PROGRAM, PROGRAM, ...words], {
      cwd: folder,
      encoding: 'utf8',
      input: script,
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
    [['build', '--cache', '--jun'], ['--junit']],
    [['build', '--cache', '--pipeline', 'd'], ['deploy-it']],
    [['server', '--repository', 'fold'], ['folder']],
    [['server', '--repository', 'folder', '--requ'], ['--require-signed']],
    [
      ['cache', 'pu'],
      ['push', 'pull'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['schema', ''],
      ['file', 'events', 'config'],
    ],
    [['artifacts', 'get', ''], []],
    [
      ['artifacts', 'get', '--as', 't'],
      ['tar', 'tar.gz'],
    ],
  ])('in bash offers for %j %j', async (words, wanted) => {
    await using rig = createRig(
      pipelineFile({
        steps: [],
        top: { 'deploy-it': { steps: [] }, workflows: [{ name: 'all', pipelines: [{ name: 'build' }] }] },
      }),
    );
    mkdirSync(join(rig.folder, 'folder'));
    expect(offered(rig.folder, ...words)).toEqual(wanted);
  });

  it('offers the artifacts of this machine where one is wanted, and makes no cache for that', async () => {
    await using rig = createRig();
    const slipway = (...words: string[]): string => {
      const environment = { ...process.env, SLIPWAY_DATA_DIR: rig.dataFolder };
      return execFileSync(PROGRAM, words, { cwd: rig.folder, encoding: 'utf8', env: environment });
    };
    expect(slipway('completion', 'refs')).toBe('');
    expect(existsSync(join(rig.dataFolder, 'cache'))).toBe(false);
    mkdirSync(join(rig.folder, 'tree'));
    slipway('cache', 'commit', 'project/element/one', 'tree');
    expect(slipway('completion', 'refs')).toBe('project/element/one\n');
    expect(slipway('completion', 'bash')).toMatch(/'cache push'\) .*_slipway_names refs/);
    expect(slipway('completion', 'bash')).not.toMatch(/'cache pull'\) .*_slipway_names refs/);
  });

  it.each([
    ['zsh', ['-n']],
    ['fish', ['--no-config', '-n']],
  ])('is no syntax error for %s, where that is installed', async (shell, flags) => {
    await using rig = createRig();
    const { stdout } = await rig.run(['completion', shell]);
    expect(stdout).toContain('junit');
    rig.write('script', stdout);
    const script = join(rig.folder, 'script');
    const { error, status, stderr } = spawnSync(shell, [...flags, script], { encoding: 'utf8' });
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
