import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN } from '../support/rig.ts';

const SHOW = (...names: readonly string[]): string =>
  names.map((name) => `printf '${name}=%s\\n' "\${${name}-unset}"`).join('; ');

describe.concurrent('the environment of a build', () => {
  it('tells who, what and where, and nothing of the host', async () => {
    const names = [
      'BUILD',
      'CI',
      'DEPLOY',
      'WERCKER',
      'WERCKER_RUN_ID',
      'WERCKER_BUILD_ID',
      'WERCKER_RUN_URL',
    ];
    const facts = [
      'APPLICATION_NAME',
      'APPLICATION_ID',
      'APPLICATION_OWNER_NAME',
      'GIT_BRANCH',
      'GIT_TAG',
      'STARTED_BY',
    ];
    await using rig = createRig(
      pipelineFile({ steps: [SHOW(...names, ...facts.map((name) => `WERCKER_${name}`), 'PRIVATE', 'TERM')] }),
    );
    const words = [
      '--run-id',
      'r1',
      '--application-name',
      'app',
      '--application-owner-name',
      'me',
      '--git-branch',
      'b/1',
    ];
    const { stdout } = await rig.run(['build', ...words], {
      environment: { PRIVATE: 'of the host', WERCKER_STARTED_BY: 'somebody' },
    });
    expect(stdout.trim().split('\n')).toEqual([
      'BUILD=true',
      'CI=true',
      'DEPLOY=unset',
      'WERCKER=true',
      'WERCKER_RUN_ID=r1',
      'WERCKER_BUILD_ID=r1',
      'WERCKER_RUN_URL=https://app.wercker.com/me/app/runs/build/r1',
      'WERCKER_APPLICATION_NAME=app',
      'WERCKER_APPLICATION_ID=app',
      'WERCKER_APPLICATION_OWNER_NAME=me',
      'WERCKER_GIT_BRANCH=b/1',
      'WERCKER_GIT_TAG=',
      'WERCKER_STARTED_BY=somebody',
      'PRIVATE=unset',
      'TERM=xterm-256color',
    ]);
  });

  it('is told its git facts by the repository', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [SHOW('WERCKER_GIT_BRANCH', 'WERCKER_GIT_TAG', 'WERCKER_GIT_COMMIT')] }),
    );
    const git = (...words: string[]): string =>
      execFileSync('git', ['-C', rig.folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words], {
        encoding: 'utf8',
      });
    git('init', '-q', '-b', 'feature/$HOME');
    git('commit', '-q', '--allow-empty', '-m', 'x');
    git('tag', 'v1');
    const commit = git('rev-parse', 'HEAD').trim();
    const { stdout } = await rig.run(['build']);
    expect(stdout).toBe(
      `WERCKER_GIT_BRANCH=feature/$HOME\nWERCKER_GIT_TAG=v1\nWERCKER_GIT_COMMIT=${commit}\n`,
    );
  });

  it.each([
    ['bash', DEBIAN],
    ['busybox ash', BUSYBOX],
  ])('reads a file of variables, below what the host says, in %s', async (_name, box) => {
    await using rig = createRig(
      pipelineFile({ box, steps: [SHOW('A', 'B', 'C', 'D', 'E', 'CI', 'http_proxy')] }),
    );
    rig.write(
      'more.env',
      `# comment\nX_A=from file\nX_B= "quoted \\" and\\nline" \nX_C='$A/\${A}'\nno assignment\nX_CI=mine\nX_E=é ✓ \\\\ $\n`,
    );
    const { stdout, exitCode } = await rig.run(['build', '--environment', 'more.env'], {
      environment: { X_A: 'from host', X_D: 'a\r\n\tb', http_proxy: 'http://proxy.test' },
    });
    expect(stdout).toBe(
      'A=from host\nB=quoted " and\nline\nC=from host/from host\nD=a\r\n\tb\nE=é ✓ \\\\ $\nCI=mine\nhttp_proxy=http://proxy.test\n',
    );
    expect(exitCode).toBe(0);
  });

  it('takes large values', async () => {
    await using rig = createRig(pipelineFile({ box: DEBIAN, steps: ['echo ${#BIG} ${#HIDDEN}'] }));
    const { stdout } = await rig.run(['build'], {
      environment: { X_BIG: '0123456789'.repeat(10_000), XXX_HIDDEN: "'".repeat(20_000) },
    });
    expect(stdout).toBe('100000 20000\n');
  });
});
