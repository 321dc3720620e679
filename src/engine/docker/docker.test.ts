import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { OutputReader } from '../contract/output.ts';
import { useRig } from '../contract/rig.ts';
import { describeContainerContract, REGISTRY_USER } from '../contract.ts';
import type { PullProgress } from '../engine.ts';
import { openDockerEngine } from './index.ts';
import { openTestRegistry } from './testing/test-registry.ts';

const options = {
  open: () => openDockerEngine({ environment: process.env }),
  image: 'localhost/slipway-busybox:1',
  openRegistry: () => openTestRegistry({ user: REGISTRY_USER }),
};

describeContainerContract('a Docker engine', options); // the other half: docker-images.test.ts, beside this one

describe('a Docker engine', () => {
  const rig = useRig(options);

  it('resolves the aliases of containers on one network', async () => {
    const name = rig.name('network');
    await rig.network({ name });
    await rig.start('echo hello | nc -l -p 7777', { network: { name, aliases: ['db', 'other'] } });
    const script = 'until nc db 7777; do :; done';
    const { stdout } = await rig.run(script, { network: { name, aliases: [] } });
    expect(stdout.toString()).toBe('hello\n');
  });

  it('publishes a port on the address and number that are asked for', async () => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const published = {
      containerPort: 80,
      protocol: 'tcp',
      hostPort: port,
      hostAddress: '127.0.0.1',
    } as const;
    const script = 'mkdir /www; echo page > /www/index.html; echo ready; exec httpd -f -h /www';
    const id = await rig.create(script, { publishedPorts: [published] });
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    await new OutputReader(attachment.output).until('ready');
    await expect.poll(() => readPage(port)).toBe('page\n');
  });

  it('ends a container that takes more memory than it may', async () => {
    const limit = 16 * 1024 * 1024;
    const id = await rig.start('exec tail /dev/zero', { memoryBytes: limit, memorySwapBytes: limit });
    expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 137 });
  });

  it('lets a container have no more processes than it may', async () => {
    const script = 'for n in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; echo unlimited';
    const { stdout, stderr } = await rig.run(script, { pidsLimit: 5 });
    expect(stdout.toString()).not.toContain('unlimited');
    expect(stderr.toString()).toContain('fork');
  });

  it('gives a container the memory, processor, capability and device that are asked for', async () => {
    const script = 'df -k /dev/shm | tail -n 1; nproc; grep CapBnd /proc/self/status; ls /dev/fuse';
    const { stdout } = await rig.run(script, {
      shmSizeBytes: 300 * 1024 * 1024,
      cpuset: '0',
      capabilitiesAdded: ['SYS_PTRACE'],
      devices: ['/dev/fuse'],
    });
    const [shm = '', processors, capabilities = '', device] = stdout.toString().split('\n');
    expect(shm).toContain(' 307200 ');
    expect(processors).toBe('1');
    const SYS_PTRACE = 1n << 19n;
    expect(BigInt(`0x${capabilities.split(/\s+/)[1]}`) & SYS_PTRACE).toBe(SYS_PTRACE);
    expect(device).toBe('/dev/fuse');
  });

  it('uses the name servers that are asked for', async () => {
    const { stdout } = await rig.run('cat /etc/resolv.conf', { dns: ['192.0.2.53'] });
    expect(stdout.toString()).toContain('nameserver 192.0.2.53');
  });

  it('passes bridge options on', async () => {
    const name = rig.name('network');
    await rig.network({ name, options: { 'com.docker.network.driver.mtu': '1400' } });
    const { stdout } = await rig.run('cat /sys/class/net/eth0/mtu', { network: { name, aliases: [] } });
    expect(stdout.toString()).toBe('1400\n');
  });

  describe('pulling from a registry that wants to know who asks', () => {
    const jane = { username: 'jane', password: 'p?ss>wörd~' };

    it('brings the image and tells how far it is', async () => {
      const reference = `${await openTestRegistry({ user: jane })}/team/app:1`;
      onTestFinished(() => rig.engine.removeImage(reference));
      const told: PullProgress[] = [];
      await rig.engine.pullImage(reference, {
        credentials: jane,
        onProgress: (progress) => told.push(progress),
      });
      expect(told.map(({ status }) => status)).toContain('Pull complete');
      expect(told.some(({ layer }) => layer !== undefined)).toBe(true);
      expect(await rig.engine.inspectImage(reference)).toMatchObject({ user: 'jane' });
      await rig.engine.pullImage(reference, { credentials: jane });
    });

    it.each([
      ['nobody asks', {}],
      ['the password is wrong', { credentials: { ...jane, password: 'wrong' } }],
    ])('is UNAUTHORIZED where %s', async (_where, pullOptions) => {
      const reference = `${await openTestRegistry({ user: jane })}/team/app:1`;
      await expectFailure(rig.engine.pullImage(reference, pullOptions), 'UNAUTHORIZED');
    });

    it('does not find what is not there', async () => {
      const host = await openTestRegistry({ user: jane });
      const pulling = rig.engine.pullImage(`${host}/team/app:2`, { credentials: jane });
      await expectFailure(pulling, 'IMAGE_NOT_FOUND');
    });
  });
});

/** What a web server on this machine answers, or the trouble with asking. */
async function readPage(port: number): Promise<string> {
  return await new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    });
    request.on('error', (error) => resolve(String(error)));
  });
}
