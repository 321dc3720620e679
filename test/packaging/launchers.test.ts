import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

describe.each(['slipway', 'wercker', 'runner-download', 'docker-worker', 'bst-artifact-receive'])(
  'the launcher %s',
  (name) => {
    test('runs the program with its arguments and says under which name', async () => {
      await using checkout = await Checkout.create({ source: false });
      await mkdir(join(checkout.folder, 'node_modules'));
      const outcome = await checkout.run(`bin/${name}`, ['build', 'a b', '', '--x=$HOME']);
      expect(outcome).toEqual({
        status: 0,
        stdout: `${JSON.stringify([name, 'build', 'a b', '', '--x=$HOME'])}\n`,
        stderr: '',
      });
    });

    test('is found through links, absolute and relative', async () => {
      await using checkout = await Checkout.create({ source: false });
      await mkdir(join(checkout.folder, 'node_modules/.bin'), { recursive: true });
      await symlink(`../../bin/${name}`, join(checkout.folder, 'node_modules/.bin/relative'));
      await symlink(join(checkout.folder, 'node_modules/.bin/relative'), join(checkout.folder, 'absolute'));
      expect(await checkout.run('absolute')).toMatchObject({ status: 0, stdout: `["${name}"]\n` });
    });

    test('says what to do where the npm packages are not installed', async () => {
      await using checkout = await Checkout.create({ source: false });
      expect(await checkout.run(`bin/${name}`, ['--version'])).toEqual({
        status: 69,
        stdout: '',
        stderr: `${name}: the npm packages are not installed: run \`sh scripts/setup\` in ${checkout.folder}.\n`,
      });
    });

    test('says what to do where Node is too old', async () => {
      await using checkout = await Checkout.create({ source: false });
      await mkdir(join(checkout.folder, 'node_modules'));
      await checkout.write('old/node', '#!/bin/sh\necho v20.19.2\n', 0o755);
      const outcome = await checkout.run(`bin/${name}`, [], { PATH: `${checkout.folder}/old:/usr/bin:/bin` });
      expect(outcome).toMatchObject({ status: 69, stdout: '' });
      expect(outcome.stderr).toBe(
        `${name}: Node 24.9 or newer is needed and this machine has v20.19.2: run \`sh scripts/setup\` in ${checkout.folder}.\n`,
      );
    });

    test('prefers the Node that set-up brought', async () => {
      await using checkout = await Checkout.create({ source: false });
      await mkdir(join(checkout.folder, 'node_modules'));
      await checkout.bringNode();
      await checkout.write('old/node', '#!/bin/sh\necho v20.19.2\n', 0o755);
      const outcome = await checkout.run(`bin/${name}`, [], { PATH: `${checkout.folder}/old:/usr/bin:/bin` });
      expect(outcome).toMatchObject({ status: 0, stdout: `["${name}"]\n` });
    });
  },
);
