import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initScript } from './init-script.ts';
import { scriptStepFile } from './script-step.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-init-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each([['bash'], ['dash'], ['busybox', 'ash']])('the functions of wercker-init in %s', (...shell) => {
  const [command = 'sh', ...options] = shell;

  /** As the runner does it: the init step, then a step, each sourced, in one shell that is fed line by line. */
  function run(code: string, colour = false): { output: string; exitCode: number | null } {
    writeFileSync(join(folder, 'init.sh'), initScript({ colour }));
    writeFileSync(join(folder, 'run.sh'), scriptStepFile(code));
    const input = '. ./init.sh\nset +e\n. ./run.sh\necho "status $?"\n';
    const env = { PATH: process.env['PATH'], WERCKER_REPORT_MESSAGE_FILE: join(folder, 'message.txt') };
    const result = spawnSync(command, options, { cwd: folder, input, env, encoding: 'utf8' });
    return { output: result.stdout + result.stderr, exitCode: result.status };
  }

  it('print their text', () => {
    const code = 'success "a b"\ninfo "50% \\n done"\ndebug c\nwarn d\nerror e\n';
    expect(run(code).output).toBe('a b\n50% \\n done\nc\nd\nerror: e\nstatus 0\n');
  });

  it('print it in colour, bold', () => {
    expect(run('success ok\nwarn careful\n', true).output).toBe(
      '\x1b[32m\x1b[1mok\x1b[0m\n\x1b[33m\x1b[1mcareful\x1b[0m\nstatus 0\n',
    );
  });

  it('fail ends the step and leaves a message', () => {
    const { output, exitCode } = run('fail "no such thing"\necho never\n');
    expect([output, exitCode]).toEqual(['failed: no such thing\n', 1]);
    expect(readFileSync(join(folder, 'message.txt'), 'utf8')).toBe('no such thing');
  });

  it('setMessage leaves a message, also where the step was strict before', () => {
    expect(run('set -Cu\nsetMessage "first"\nsetMessage "it\'s 100% \\n"\n').output).toBe('status 0\n');
    expect(readFileSync(join(folder, 'message.txt'), 'utf8')).toBe("it's 100% \\n");
  });

  it('sudo runs its command', () => {
    expect(run('sudo echo as root\n').output).toBe('as root\nstatus 0\n');
  });
});

describe('scriptStepFile', () => {
  it('stops at the first failing command', () => {
    expect(scriptStepFile('make\n')).toBe('set -e\nmake\n');
  });

  it('is the code as it is where that names an interpreter', () => {
    expect(scriptStepFile('#!/bin/bash\nmake')).toBe('#!/bin/bash\nmake');
  });
});
