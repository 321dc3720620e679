import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, useRig } from './rig.ts';

const MEBIBYTE = 1024 * 1024;

export function describeExecution(options: ContractOptions): void {
  describe('one more process', () => {
    const rig = useRig(options);
    const shell = async (script: string, user?: string) =>
      await rig.engine.execute(await rig.box(), {
        command: ['/bin/sh', '-c', script],
        ...(user && { user }),
      });

    it('prints to both streams and ends with its own exit code', async () => {
      const { exitCode, output } = await shell('echo out; echo err >&2; exit 5');
      expect({ exitCode, lines: output.toString().split('\n').sort() }).toEqual({
        exitCode: 5,
        lines: ['', 'err', 'out'],
      });
    });

    it('runs beside the first, in its files and with its environment', async () => {
      const id = await rig.start('echo here > /here; exec sleep 3600', { environment: ['A=1'] });
      const script =
        'until [ "$(cat /proc/1/comm)" = sleep ]; do sleep 0.02; done; cat /here; echo "$A"; [ $$ -ne 1 ]';
      const { exitCode, output } = await rig.engine.execute(id, { command: ['/bin/sh', '-c', script] });
      expect({ exitCode, text: output.toString() }).toEqual({ exitCode: 0, text: 'here\n1\n' });
    });

    it('has no input', async () => {
      expect(await shell('cat; echo end')).toMatchObject({ exitCode: 0, output: Buffer.from('end\n') });
    });

    it.skipIf(options.onlyRoot)('runs as another user', async () => {
      expect((await shell('id -u', '12345')).output.toString()).toBe('12345\n');
    });

    it('starts in the folder that is asked for, with variables of its own', async () => {
      const id = await rig.start('exec sleep 3600', { environment: ['A=1', 'B=2'], workingDir: '/tmp' });
      const command = ['/bin/sh', '-c', 'echo "$(pwd) $A $B $C"'];
      const text = async (more: object) =>
        (await rig.engine.execute(id, { command, ...more })).output.toString();
      expect(await text({})).toBe('/tmp 1 2 \n');
      expect(await text({ workingDir: '/var', environment: ['B=new', 'C=3'] })).toBe('/var 1 new 3\n');
    });

    it('may print more than is kept', async () => {
      const { exitCode, output } = await shell('head -c 3000000 /dev/zero; exit 3');
      expect({ exitCode, sizeBytes: output.length }).toEqual({ exitCode: 3, sizeBytes: MEBIBYTE });
    });

    it('is waited for where it closed its output', async () => {
      expect((await shell('exec >&- 2>&-; sleep 0.1; exit 9')).exitCode).toBe(9);
    });

    it('may be one of many at once', async () => {
      const results = await Promise.all([1, 2, 3, 4, 5].map((n) => shell(`echo ${n}; exit ${n}`)));
      expect(results.map(({ exitCode, output }) => `${exitCode} ${output}`)).toEqual(
        [1, 2, 3, 4, 5].map((n) => `${n} ${n}\n`),
      );
    });

    it('ends with 126 or 127 where there is no such command', async () => {
      const { exitCode, output } = await rig.engine.execute(await rig.box(), {
        command: ['slipway-no-such-program'],
      });
      expect([126, 127]).toContain(exitCode);
      expect(output.toString()).toContain('slipway-no-such-program');
    });

    it('needs a container that runs', async () => {
      await expectFailure(rig.engine.execute('slipway-nothing', { command: ['true'] }), 'NOT_FOUND');
      await expectFailure(rig.engine.execute(await rig.create('true'), { command: ['true'] }), 'CONFLICT');
    });

    it('is not waited for after its signal aborts', async () => {
      const id = await rig.start('exec sleep 3600');
      const controller = new AbortController();
      const command = ['/bin/sh', '-c', 'touch /begun; exec sleep 3600'];
      const execution = expectFailure(
        rig.engine.execute(id, { command, signal: controller.signal }),
        'ABORTED',
      );
      await rig.engine.execute(id, {
        command: ['/bin/sh', '-c', 'until [ -e /begun ]; do sleep 0.02; done'],
      });
      controller.abort();
      await execution;
    });

    it('ends with the container', async () => {
      const id = await rig.start('exec sleep 3600');
      const command = ['/bin/sh', '-c', 'touch /begun; exec sleep 3600'];
      const execution = rig.engine.execute(id, { command }).catch((error: unknown) => error);
      await rig.engine.execute(id, {
        command: ['/bin/sh', '-c', 'until [ -e /begun ]; do sleep 0.02; done'],
      });
      await rig.engine.killContainer(id);
      expect(await execution).toBeDefined();
    });
  });
}
