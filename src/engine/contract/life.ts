import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { hostFolder } from './host.ts';
import { OutputReader } from './output.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';

/** Starting, waiting, signals, starting again. */
export function describeLife(options: ContractOptions): void {
  describe('the life of a container', () => {
    const rig = useRig(options);

    it.each([0, 255])('ends with exit code %i', async (exitCode) => {
      const { engine } = rig;
      const id = await rig.start(`exit ${exitCode}`);
      expect(await engine.waitContainer(id)).toEqual({ exitCode });
      expect(await engine.inspectContainer(id)).toMatchObject({ running: false, exitCode });
    });

    it('runs the command with its environment, as process 1 in a root of its own', async () => {
      const script = 'echo "$$ $A [$(id -u)]"; cd /; pwd; ls -d bin proc; cat /proc/1/comm; echo > /dev/null';
      const { stdout, exitCode } = await rig.run(script, { environment: ['A=b c'] });
      expect({ exitCode, text: stdout.toString() }).toEqual({
        exitCode: 0,
        text: '1 b c [0]\n/\nbin\nproc\nsh\n',
      });
    });

    it('has standard streams that can be opened by path, as pipes can', async () => {
      const { stdout, stderr } = await rig.run('echo out > /dev/stdout; echo err > /proc/self/fd/2');
      expect({ stdout: stdout.toString(), stderr: stderr.toString() }).toEqual({
        stdout: 'out\n',
        stderr: 'err\n',
      });
    });

    it('starts in the folder that is asked for, which is made where it is absent', async () => {
      const { stdout } = await rig.run('pwd', { workingDir: '/deep/down' });
      expect(stdout.toString()).toBe('/deep/down\n');
    });

    it('knows the hosts that are asked for', async () => {
      const { stdout } = await rig.run('cat /etc/hosts', { extraHosts: ['other:192.0.2.7'] });
      expect(stdout.toString()).toMatch(/^192\.0\.2\.7\s+other$/m);
    });

    it('runs an entry point with the command as its arguments', async () => {
      const { stdout } = await rig.run('', { entrypoint: ['/bin/echo', 'a'], command: ['b', 'c d'] });
      expect(stdout.toString()).toBe('a b c d\n');
    });

    it('does not need an entry point', async () => {
      const { stdout } = await rig.run('echo plain', { entrypoint: [] });
      expect(stdout.toString()).toBe('plain\n');
    });

    it('sees mounted folders, and writes to those that are not read-only', async () => {
      const { mounts, read } = await hostFolder();
      const { exitCode } = await rig.run('cat /mnt/ro/greeting > /mnt/rw/copy; ! touch /mnt/ro/new', {
        mounts,
      });
      expect(exitCode).toBe(0);
      expect(await read('rw/copy')).toBe('hello');
    });

    describeStarts(rig);
    describeWaiting(rig);

    describeSignals(rig);
  });
}

function describeWaiting(rig: Rig): void {
  describe('waiting for its end', () => {
    it('resolves at once where it does not run', async () => {
      const id = await rig.create('exit 3');
      await rig.engine.waitContainer(id);
      await rig.engine.startContainer(id);
      const ends = await Promise.all([rig.engine.waitContainer(id), rig.engine.waitContainer(id)]);
      expect(ends).toEqual([{ exitCode: 3 }, { exitCode: 3 }]);
      expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 3 });
    });

    it('rejects where the container is absent', async () => {
      await expectFailure(rig.engine.waitContainer('slipway-nothing'), 'NOT_FOUND');
    });

    it.skipIf(rig.differs('exit code lost with a removed container'))(
      'resolves when the container is killed and removed meanwhile',
      async () => {
        const id = await rig.start('exec sleep 3600');
        const end = rig.engine.waitContainer(id);
        await rig.engine.ping();
        await rig.engine.removeContainer(id);
        expect(await end).toEqual({ exitCode: 137 });
      },
    );

    it('stops when its signal aborts, and the container goes on', async () => {
      const id = await rig.start('exec sleep 3600');
      const controller = new AbortController();
      const end = expectFailure(rig.engine.waitContainer(id, { signal: controller.signal }), 'ABORTED');
      await rig.engine.ping();
      controller.abort();
      await end;
      expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: true });
    });
  });
}

function describeSignals(rig: Rig): void {
  describe('a signal', () => {
    it('kills it', async () => {
      const id = await rig.start('exec sleep 3600');
      await rig.engine.killContainer(id);
      expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 137 });
    });

    it('reaches what it asked to be told of', async () => {
      const id = await rig.create('trap "exit 7" TERM; echo ready; while :; do sleep 3600 & wait $!; done');
      await using attachment = await rig.engine.attachContainer(id);
      await rig.engine.startContainer(id);
      await new OutputReader(attachment.output).until('ready');
      await rig.engine.killContainer(id, 'SIGTERM');
      expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 7 });
    });

    it('other than SIGKILL passes it by where it has no handler, being process 1', async () => {
      const id = await rig.start('exec sleep 3600');
      await rig.engine.killContainer(id, 'SIGTERM');
      await rig.engine.killContainer(id, 'SIGINT');
      expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: true });
    });

    it('does not matter to one that does not run, or is absent', async () => {
      await rig.engine.killContainer(await rig.create('true'), 'SIGTERM');
      await rig.engine.killContainer('slipway-nothing');
    });
  });
}

function describeStarts(rig: Rig): void {
  it('may be started twice: the second time changes nothing', async () => {
    const id = await rig.start('exec sleep 3600');
    await rig.engine.startContainer(id);
    expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: true });
  });

  it('begins again after its end, with its files', async () => {
    const id = await rig.start('echo line >> /lines; exec cat /lines');
    await rig.engine.waitContainer(id);
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    expect(await new OutputReader(attachment.output).rest()).toBe('line\nline\n');
    expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 0 });
  });

  it('does not begin with a command that is not there', async () => {
    const id = await rig.create('', { command: ['slipway-no-such-program'] });
    const error = await expectFailure(rig.engine.startContainer(id), 'START_FAILED');
    expect(error.message).toContain('slipway-no-such-program');
    expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: false });
    await rig.engine.waitContainer(id);
  });

  it('does not begin when the container is absent', async () => {
    await expectFailure(rig.engine.startContainer('slipway-nothing'), 'NOT_FOUND');
  });
}
