import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { OutputReader, readOutput } from '../contract/output.ts';
import { packTar, readAll } from '../contract/tar.ts';
import { createFakeEngine, type FakeEngine } from './index.ts';

describe('the fake engine', () => {
  let engine: FakeEngine;
  beforeEach(async () => {
    engine = await createFakeEngine({
      images: {
        'localhost/slipway-busybox:1': {},
        'localhost/service:1': {
          command: ['sleep', '3600'],
          exposedPorts: ['80/tcp'],
          environment: ['A=1'],
          user: '7',
        },
      },
      registry: {
        'registry.test/public:1': { labels: { from: 'registry' } },
        'registry.test/private:1': { credentials: { username: 'jane', password: 'secret' } },
      },
      pushHosts: { 'push.test': {} },
    });
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const start = async (script: string) => {
    const name = `c${engine.calls.length}`;
    const command = ['/bin/sh', '-c', script];
    const image = 'localhost/slipway-busybox:1';
    const id = await engine.createContainer({ name, image, command, labels: {}, openStdin: true });
    const attachment = await engine.attachContainer(id);
    await engine.startContainer(id);
    return { id, attachment };
  };

  it('records what was asked of it, in order', async () => {
    await engine.inspectImage('a/b:1');
    await engine.listContainers({ label: 'x' });
    expect(engine.calls).toEqual([
      { method: 'inspectImage', arguments: ['a/b:1'] },
      { method: 'listContainers', arguments: [{ label: 'x' }] },
    ]);
  });

  it('has the images that it was given', async () => {
    expect(await engine.inspectImage('localhost/service:1')).toMatchObject({
      command: ['sleep', '3600'],
      exposedPorts: ['80/tcp'],
      environment: ['A=1'],
      user: '7',
    });
  });

  it('pulls what its registries have, for those who may', async () => {
    const told: string[] = [];
    await engine.pullImage('registry.test/public:1', { onProgress: ({ status }) => told.push(status) });
    expect(told).toEqual(['Pulling from registry.test/public:1', 'Downloading', 'Pull complete']);
    expect(await engine.inspectImage('registry.test/public:1')).toMatchObject({
      labels: { from: 'registry' },
    });
    await expectFailure(engine.pullImage('registry.test/other:1', {}), 'IMAGE_NOT_FOUND');
    await expectFailure(engine.pullImage('elsewhere.test/other:1', {}), 'REGISTRY');
    await expectFailure(engine.pullImage('registry.test/private:1', {}), 'UNAUTHORIZED');
    const credentials = { username: 'jane', password: 'secret' };
    await engine.pullImage('registry.test/private:1', { credentials });
  });

  it('keeps what was pushed to look at, and gives it to those who pull', async () => {
    await engine.tagImage('localhost/service:1', 'push.test/service:1');
    const { digest } = await engine.pushImage('push.test/service:1', {});
    const pushed = engine.pushed.get('push.test/service:1');
    expect(pushed).toMatchObject({ digest, image: { command: ['sleep', '3600'], user: '7' } });
    await engine.removeImage('push.test/service:1');
    await engine.pullImage('push.test/service:1', {});
    expect(await engine.inspectImage('push.test/service:1')).toMatchObject({ id: pushed?.id, user: '7' });
  });

  it('is refused midway through a push where that is planned', async () => {
    await engine.tagImage('localhost/service:1', 'push.test/service:1');
    engine.faults.next('pushImage', { kind: 'midway', code: 'REGISTRY', message: 'the disk is full' });
    const told: string[] = [];
    const pushing = engine.pushImage('push.test/service:1', {
      onProgress: ({ status }) => told.push(status),
    });
    expect((await expectFailure(pushing, 'REGISTRY')).message).toBe('the disk is full');
    expect(told).toEqual(['Preparing']);
    expect(engine.pushed.size).toBe(0);
  });

  it('breaks off a build, a load, a save and a terminal', async () => {
    const context = () => packTar([{ name: 'Dockerfile', content: 'FROM localhost/service:1' }]);
    engine.faults.next('buildImage', { kind: 'reset', afterBytes: 100 });
    const building = engine.buildImage(context(), { references: ['a:1'] });
    await expectFailure(building, 'UNREACHABLE');
    engine.faults.next('loadImage', { kind: 'reset', afterBytes: 100 });
    await expectFailure(engine.loadImage(context()), 'UNREACHABLE');
    engine.faults.next('saveImage', { kind: 'truncate', afterBytes: 700 });
    expect((await readAll(await engine.saveImage('localhost/service:1'))).length).toBe(700);
    const { id } = await start('exec sleep 3600');
    const terminal = await engine.openTerminal(id, { command: ['sh'] });
    engine.faults.die();
    await expectFailure(readAll(terminal.output), 'UNREACHABLE');
    await expectFailure(terminal.write('x'), 'UNREACHABLE');
    await terminal[Symbol.asyncDispose]();
  });

  describe('when told that a call goes wrong', () => {
    it('refuses once, with the code', async () => {
      engine.faults.next('ping', { kind: 'error', code: 'UNREACHABLE', message: 'gone fishing' });
      expect((await expectFailure(engine.ping(), 'UNREACHABLE')).message).toBe('gone fishing');
      await engine.ping();
    });

    it('refuses several in order', async () => {
      engine.faults.next('ping', { kind: 'error', code: 'FAILED' });
      engine.faults.next('ping', { kind: 'error', code: 'NO_SPACE' });
      await expectFailure(engine.ping(), 'FAILED');
      await expectFailure(engine.ping(), 'NO_SPACE');
    });

    it('stalls until the signal aborts', async () => {
      const { struck } = engine.faults.next('waitContainer', { kind: 'stall' });
      const { id } = await start('exit 0');
      const controller = new AbortController();
      const waiting = expectFailure(engine.waitContainer(id, { signal: controller.signal }), 'ABORTED');
      await struck;
      controller.abort();
      await waiting;
    });

    it('does what was asked but loses the answer', async () => {
      engine.faults.next('createNetwork', { kind: 'lost' });
      await expectFailure(engine.createNetwork({ name: 'lost', labels: {} }), 'UNREACHABLE');
      expect(await engine.inspectNetwork('lost')).toBeDefined();
    });

    it('cuts the output of a container', async () => {
      engine.faults.next('attachContainer', { kind: 'reset', afterBytes: 4 });
      const reset = await start('echo 123456789');
      const reader = new OutputReader(reset.attachment.output);
      expect(await reader.until('1234')).toBe('1234');
      await expectFailure(reader.rest(), 'UNREACHABLE');
      engine.faults.next('attachContainer', { kind: 'truncate', afterBytes: 4 });
      const truncated = await start('echo 123456789');
      expect((await readOutput(truncated.attachment.output)).stdout.toString()).toBe('1234');
    });

    it('cuts what is copied', async () => {
      const { id } = await start('exit 0');
      engine.faults.next('copyOut', { kind: 'truncate', afterBytes: 700 });
      expect((await readAll(await engine.copyOut(id, '/bin'))).length).toBe(700);
      engine.faults.next('copyOut', { kind: 'reset', afterBytes: 700 });
      await expectFailure(readAll(await engine.copyOut(id, '/bin')), 'UNREACHABLE');
      engine.faults.next('copyIn', { kind: 'reset', afterBytes: 100 });
      await expectFailure(engine.copyIn(id, '/tmp', packTar([{ name: 'a' }])), 'UNREACHABLE');
    });
  });

  describe('when it dies', () => {
    it('fails everything under way and everything after with UNREACHABLE', async () => {
      const { id, attachment } = await start('echo ready; exec sleep 3600');
      const reader = new OutputReader(attachment.output);
      await reader.until('ready');
      const pending = [
        expectFailure(engine.waitContainer(id), 'UNREACHABLE'),
        expectFailure(engine.execute(id, { command: ['sleep', '3600'] }), 'UNREACHABLE'),
        expectFailure(reader.rest(), 'UNREACHABLE'),
      ];
      engine.faults.die();
      await Promise.all(pending);
      await expectFailure(engine.ping(), 'UNREACHABLE');
      await expectFailure(attachment.write('late'), 'UNREACHABLE');
    });

    it('can come back with its containers', async () => {
      const { id } = await start('exec sleep 3600');
      engine.faults.die();
      engine.faults.revive();
      expect(await engine.inspectContainer(id)).toMatchObject({ running: true });
    });
  });

  it('ends what is copied into a container with its removal', async () => {
    const { id } = await start('sleep 1000');
    const begun = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; ; i += 1) {
        const whole = Buffer.concat(await Array.fromAsync(packTar([{ name: `tmp/${i}/${i}` }])));
        yield whole.subarray(0, -1024); // without the mark of its end
        if (i === 20) begun.resolve();
      }
    }
    const stop = new AbortController();
    const copied = engine.copyIn(id, '/', endless(), { signal: stop.signal });
    const failed = expect(copied).rejects.toThrow();
    await begun.promise;
    stop.abort();
    await engine.removeContainer(id);
    await failed;
    expect(await engine.inspectContainer(id)).toBeUndefined();
  });

  it('leaves no files and no processes behind at dispose', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-fake-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const other = await createFakeEngine({ folder });
    const image = 'localhost/slipway-busybox:1';
    const id = await other.createContainer({ name: 'c', image, command: ['sleep', '3600'], labels: {} });
    await other.startContainer(id);
    const pending = expectFailure(other.execute(id, { command: ['sleep', '3600'] }), 'CLOSED');
    expect(await processesIn(folder)).not.toEqual([]);
    await other[Symbol.asyncDispose]();
    await pending;
    expect(await readdir(folder)).toEqual([]);
    expect(await processesIn(folder)).toEqual([]);
  });
});

/** The processes whose command line names the folder. */
async function processesIn(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}
