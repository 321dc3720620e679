import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Flag } from '../../src/cli/flag.ts';
import { parseArguments } from '../../src/cli/flag-values.ts';
import { BACKUP_FLAGS } from '../../src/cli/flags/backup.ts';
import { SERVER_FLAGS } from '../../src/cli/flags/server.ts';
import { WORKER_FLAGS } from '../../src/cli/flags/worker.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const UNITS = join(ROOT, 'deploy/systemd');
const PACKER = join(ROOT, 'deploy/packer');
const OPTIONS = join(PACKER, 'options.example.pkrvars.hcl');

const folder = mkdtempSync(join(tmpdir(), 'slipway-machines-'));
afterAll(() => rmSync(folder, { recursive: true }));

const units = readdirSync(UNITS).filter((name) => /\.(service|timer)$/.test(name));
const services = units.filter((name) => name.endsWith('.service'));
const FLAGS: Readonly<Record<string, readonly Flag[]>> = {
  server: SERVER_FLAGS,
  worker: WORKER_FLAGS,
  backup: BACKUP_FLAGS,
};
const unitText = (name: string): string => readFileSync(join(UNITS, name), 'utf8');

/** The words of the program that a unit starts. */
function startWords(name: string): readonly string[] {
  const [, words = ''] = /^ExecStart=(.*)$/m.exec(unitText(name)) ?? [];
  return words.split(' ');
}

describe('the systemd units', () => {
  test.each(units)('%s is what systemd understands', (name) => {
    // The program and the users come with the installation.
    for (const each of units) {
      const text = unitText(each).replaceAll('/usr/local/bin/slipway', '/bin/true');
      writeFileSync(join(folder, each), text);
    }
    const file = join(folder, name);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    const about = stderr.split('\n').filter((line) => line.includes(name.replace('@.', '@')));
    expect(about).toEqual([]);
    expect(status === 0 || stderr.includes('docker.service')).toBe(true); // the engine's own unit may not be here
  });

  test.each(services)('%s starts the program with flags that it has', (name) => {
    const [program, ...words] = startWords(name);
    expect(program).toBe('/usr/local/bin/slipway');
    const flags = FLAGS[words[0] ?? ''] ?? [];
    const given = words.filter((word) => word.startsWith('--'));
    expect(() =>
      parseArguments(
        given.flatMap((flag) => [flag, 'x']),
        flags,
        {},
      ),
    ).not.toThrow();
  });

  test('have an example for every variable that they read', () => {
    for (const name of services) {
      const variables = [...unitText(name).matchAll(/\$\{(\w+)\}/g)].map(([, variable]) => variable);
      const [, file = ''] = /^EnvironmentFile=\/etc\/slipway\/(.*)$/m.exec(unitText(name)) ?? [];
      const example = readFileSync(join(UNITS, `${file}.example`), 'utf8');
      for (const variable of variables) expect(example).toMatch(new RegExp(`^${variable}=`, 'm'));
    }
  });
});

describe("the image of a worker's machine", () => {
  const packageFile = join(folder, 'slipway-0.0.0.tgz');
  writeFileSync(packageFile, '');
  const deploy = (...words: readonly string[]) =>
    spawnSync('sh', [join(PACKER, 'deploy'), ...words], {
      encoding: 'utf8',
      env: { ...process.env, PACKER_CONFIG_DIR: folder, CHECKPOINT_DISABLE: '1' },
    });

  test('has a template that packer takes, with the options of the example', () => {
    const { status, stdout, stderr } = deploy('--options', OPTIONS, '--package', packageFile, '--validate');
    expect(stdout + stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
  });

  test('is refused with an option that the template does not have', () => {
    const file = join(folder, 'wrong.pkrvars.hcl');
    writeFileSync(file, 'volume_gigabytes = "many"\n');
    const { status, stdout, stderr } = deploy('--options', file, '--package', packageFile, '--validate');
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('volume_gigabytes');
  });

  test("passes packer's own flags on, to the check those that it takes", () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'packer'), '#!/bin/sh\nprintf "[%s]" "$@"; echo\n', { mode: 0o755 });
    const words = [
      '-only=docker.worker',
      '--options',
      OPTIONS,
      '-debug',
      "-var=region=it's here",
      '--package',
      packageFile,
    ];
    const { stdout } = spawnSync('sh', [join(PACKER, 'deploy'), ...words], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    });
    const given = `[-var-file=${OPTIONS}][-var][package=${packageFile}]`;
    const template = `[${join(PACKER, 'worker.pkr.hcl')}]`;
    expect(stdout.trimEnd().split('\n')).toEqual([
      `[validate]${given}[-only=docker.worker][-var=region=it's here]${template}`,
      `[build]${given}[-only=docker.worker][-debug][-var=region=it's here]${template}`,
    ]);
  });

  test.each([
    [[], /--options FILE says/],
    [['--options', '/nowhere'], /--options: \/nowhere cannot be read/],
    [['--options'], /--options: a file is expected/],
  ])('says what is missing: %j', (words, message) => {
    const { status, stderr } = deploy(...words);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});
