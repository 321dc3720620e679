import { execFile } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BuilderRig, removeWithBuilt, runPushed, startBuilder } from '../support/builder.ts';
import { docker } from '../support/images.ts';
import { eventsSchema, jsonLines, mistakesIn } from '../support/json-lines.ts';
import { imageWithNpm, type NpmImage } from '../support/npm-image.ts';

const run = promisify(execFile);

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/runtime-image');

// Where packages come through a proxy of one's own, builds trust what this machine trusts.
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

let node: NpmImage;
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // beside all the other tests

let builder: BuilderRig;

beforeAll(async () => {
  node = await imageWithNpm();
  builder = await startBuilder({ words: existsSync(CERTIFICATES) ? ['--build-ca', CERTIFICATES] : [] });
});

afterAll(async () => {
  await builder?.[Symbol.asyncDispose](); // images go, even where no server came up
  removeWithBuilt(node.name);
});

const build = (tag: string, file: string) =>
  builder.rig.run(['image', 'build', node.name, `alice:${tag}`, '--requirements', file], builder.as('alice'));

const PRINT = (name: string): string =>
  `console.log(JSON.stringify(require("${name}/package.json").version))`;

describe('a runtime image for Node', () => {
  it('has a real package of the npm registry, and the next one by the difference', async () => {
    builder.rig.write('one/package.json', '{"dependencies": {"ms": "2.1.3"}}');
    builder.rig.write('two/package.json', '{"dependencies": {"ms": "2.1.3", "slugify": "1.6.6"}}');
    const one = await build('one', 'one/package.json');
    expect(one).toMatchObject({ exitCode: 0 });
    const two = await build('two', 'two/package.json');
    expect(two).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('lacked was installed') });
    const image = `${builder.registryHost}/alice:two`;
    expect(runPushed(image, 'node', '-e', `${PRINT('ms')};${PRINT('slugify')}`)).toBe('"2.1.3"\n"1.6.6"\n');
  });

  it('says which package is not to be had', async () => {
    builder.rig.write('none/package.json', '{"dependencies": {"ms": "99.99.99"}}');
    const { exitCode, stdout, stderr } = await build('none', 'none/package.json');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/ETARGET|No matching version/);
    expect(stderr).toContain('failed (requirement-failed)');
  });

  it('has a report of what is in it', async () => {
    builder.rig.write('reported/package.json', '{"dependencies": {"ms": "2.1.2"}}');
    const { stderr } = await build('reported', 'reported/package.json');
    const id = /^Build (\S+);/.exec(stderr)?.[1] ?? '';
    const report = await builder.rig.run(['image', 'report', id], builder.as('alice'));
    expect(report).toMatchObject({ exitCode: 0 });
    expect(report.stdout).toMatch(/^ms +2\.1\.2 .*added$/m);
    const sbom = await builder.rig.run(['image', 'report', id, '--sbom'], builder.as('alice'));
    expect(JSON.parse(sbom.stdout)).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      packages: expect.arrayContaining([expect.objectContaining({ name: 'ms', versionInfo: '2.1.2' })]),
    });
    const words = ['image', 'report', id, '--provenance', '--output', 'json'];
    const lines = jsonLines(await builder.rig.run(words, builder.as('alice')));
    expect(mistakesIn(eventsSchema(), lines)).toEqual([]);
    expect(JSON.parse(String(lines[0]?.['document']))).toMatchObject({
      predicateType: 'https://slsa.dev/provenance/v1',
    });
  });
});

describe('examples/runtime-image', () => {
  it('extends a runtime, and runs its action in a pipeline whose box is that image', async () => {
    const folder = join(builder.rig.folder, 'examples/runtime-image');
    cpSync(EXAMPLE, folder, { recursive: true });
    builder.rig.write('bin/slipway', `#!/bin/sh\nexec "${join(ROOT, 'bin/slipway')}" "$@"\n`, 0o755);
    const { stdout, stderr } = await run(join(folder, 'extend'), [node.name], {
      env: {
        ...builder.as('crew').environment,
        PATH: process.env['PATH'],
        HOME: folder,
        SLIPWAY_DATA_DIR: builder.rig.dataFolder,
        REGISTRY: builder.registryHost,
      },
    });
    docker('rmi', '-f', `${builder.registryHost}/crew:tides`);
    expect(stderr).toContain('nothing was built: it is the image of');
    expect(stdout).toMatch(/^ms +2\.1\.3 .*added$/m);
    expect(stdout).toContain('high water in 10 hours');
  });
});
