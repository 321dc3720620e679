import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout } from './checkout.ts';
import { type Outcome, run } from './run.ts';

/** Stands for dockerd: answers on the default socket. */
const ENGINE = `#!/usr/bin/env node
import { createServer } from 'node:http';
const server = createServer((_, response) => response.setHeader('Server', 'Docker/20.10.24 (linux)').end('OK'));
server.listen('/var/run/docker.sock');
`;

/** Stands for apt-get: notes how it was called, and "installs" that dockerd. */
const APT_GET = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$*" >>"$here/apt-get.calls"
cp "$here/../dockerd" "$here/dockerd"
`;

/** Says that no package is installed. */
const DPKG_QUERY = '#!/bin/sh\nexit 1\n';

/** A checkout on a machine where only stand-ins for the programs that set-up might call are found. */
async function createMachine(): Promise<Checkout> {
  const machine = await Checkout.create();
  await machine.bringNode();
  await machine.write('dockerd', ENGINE, 0o755);
  await machine.write('fake/apt-get', APT_GET, 0o755);
  await machine.write('fake/dpkg-query', DPKG_QUERY, 0o755);
  return machine;
}

function environmentOf({ folder }: Checkout): NodeJS.ProcessEnv {
  // Without /usr/sbin, where a real dockerd would be.
  const path = [join(folder, 'fake'), join(folder, '.tools/node/bin'), '/usr/bin', '/bin'].join(':');
  return {
    ...process.env,
    PATH: path,
    DOCKER_CONFIG: folder,
    DOCKER_HOST: undefined,
    DOCKER_CONTEXT: undefined,
  };
}

/** In namespaces of its own, where no socket, process or network of this machine is seen, and what is started ends with it. */
async function setupEngineAlone(machine: Checkout): Promise<Outcome> {
  const hide = 'mount -t tmpfs none /run && mount -t tmpfs none /var/log && exec "$0"';
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--mount-proc'];
  const script = join(machine.folder, 'scripts/setup-engine');
  return await run('unshare', [...namespaces, 'sh', '-c', hide, script], {
    cwd: machine.folder,
    env: environmentOf(machine),
  });
}

describe('scripts/setup-engine', () => {
  test('with a dead DOCKER_HOST says so, and installs nothing', async () => {
    await using machine = await createMachine();
    const socket = join(machine.folder, 'no.sock');
    const outcome = await machine.run('scripts/setup-engine', [], {
      ...environmentOf(machine),
      DOCKER_HOST: `unix://${socket}`,
    });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^set-up: .*no\.sock: there is no such socket; start Docker.*none is installed.*\n$/,
    );
    expect(existsSync(join(machine.folder, 'fake/apt-get.calls'))).toBe(false);
  });

  // Namespaces want a root that may make them, which the root of a container is not.
  describe.runIf(spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0)(
    'where no engine answers',
    () => {
      test('installs docker.io, starts dockerd, waits for it, and says so', async () => {
        await using machine = await createMachine();
        const outcome = await setupEngineAlone(machine);
        expect(outcome).toEqual({
          status: 0,
          stdout: '',
          stderr:
            "set-up: no Docker Engine answers here: installing Debian's docker.io\n" +
            'set-up: no Docker Engine answers here: starting dockerd (log: /var/log/slipway-dockerd.log)\n',
        });
        const calls = await readFile(join(machine.folder, 'fake/apt-get.calls'), 'utf8');
        expect(calls).toMatch(/^-q -y install .*docker\.io iptables/);
      });

      test('starts a dockerd that is installed, without apt-get', async () => {
        await using machine = await createMachine();
        await machine.write('fake/dockerd', ENGINE, 0o755);
        const outcome = await setupEngineAlone(machine);
        expect(outcome).toMatchObject({
          status: 0,
          stderr: expect.stringMatching(/^set-up: .*starting dockerd.*\n$/),
        });
        expect(existsSync(join(machine.folder, 'fake/apt-get.calls'))).toBe(false);
      });

      test('shows the log of a dockerd that ends', async () => {
        await using machine = await createMachine();
        await machine.write('fake/dockerd', '#!/bin/sh\necho the reason\nexit 1\n', 0o755);
        const outcome = await setupEngineAlone(machine);
        expect(outcome.status).toBe(1);
        expect(outcome.stderr).toMatch(/\nthe reason\nset-up: dockerd ended while it started .*\n$/);
      });

      test('says what to do where nothing can be installed', async () => {
        await using machine = await createMachine();
        await machine.write('fake/id', '#!/bin/sh\necho 1000\n', 0o755);
        const outcome = await setupEngineAlone(machine);
        expect(outcome.status).toBe(1);
        expect(outcome.stderr).toMatch(
          /^set-up: .*no such socket; start Docker.*only on Debian as root.*\n$/,
        );
        expect(existsSync(join(machine.folder, 'fake/apt-get.calls'))).toBe(false);
      });
    },
  );
});
