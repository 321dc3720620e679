import { describe, expect, it } from 'vitest';
import type { Terminal } from '../engine.ts';
import { expectFailure } from './failure.ts';
import { OutputReader } from './output.ts';
import { type ContractOptions, useRig } from './rig.ts';

export function describeTerminals(options: ContractOptions): void {
  describe('a terminal', () => {
    const rig = useRig(options);

    it('shows what is typed and printed, until the process ends', async () => {
      const command = ['/bin/sh', '-c', '[ -t 0 ] && [ -t 1 ] && read word; echo "got $word"; exit 4'];
      await using terminal = await rig.engine.openTerminal(await rig.box(), { command });
      await terminal.write('hello\n');
      expect((await reader(terminal).rest()).replaceAll('\r', '')).toBe('hello\ngot hello\n');
      expect(await terminal.ended).toBe(4);
      await expectFailure(terminal.write('late'), 'CLOSED');
      await terminal.resize({ columns: 10, rows: 10 });
    });

    it('has the size that is asked for, and changes it', async () => {
      // Before it has a size, busybox complains of it and ends with 0, and others print zeroes.
      const script = "until stty size 2>/dev/null | grep '[1-9]'; do sleep 0.02; done; read word; stty size";
      await using terminal = await rig.engine.openTerminal(await rig.box(), {
        command: ['/bin/sh', '-c', script],
        size: { columns: 77, rows: 22 },
      });
      const output = reader(terminal);
      await output.until('22 77');
      await terminal.resize({ columns: 99, rows: 33 });
      await terminal.write('\n');
      await output.until('33 99');
    });

    it('goes by user, folder and environment', async () => {
      const user = options.onlyRoot ? '0' : '12345';
      const command = ['/bin/sh', '-c', 'echo "$(id -u) $(pwd) $A"'];
      await using terminal = await rig.engine.openTerminal(await rig.box(), {
        command,
        user,
        workingDir: '/var',
        environment: ['A=b c'],
      });
      expect((await reader(terminal).rest()).trim()).toBe(`${user} /var b c`);
    });

    it('passes Ctrl-C on as a signal', async () => {
      const command = [
        '/bin/sh',
        '-c',
        'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done',
      ];
      await using terminal = await rig.engine.openTerminal(await rig.box(), { command });
      const output = reader(terminal);
      await output.until('ready');
      await terminal.write('\u0003');
      await output.until('caught');
      await output.rest();
      expect(await terminal.ended).toBe(7);
    });

    it('ends a shell when it is let go of; the container goes on', async () => {
      const id = await rig.start('exec sleep 3600');
      const terminal = await rig.engine.openTerminal(id, { command: ['/bin/sh'] });
      const output = reader(terminal);
      await terminal.write('touch /open; echo "is $((1 + 1))"; trap "touch /left" EXIT\n');
      await output.until('is 2');
      const rest = output.rest();
      await terminal[Symbol.asyncDispose]();
      await rest;
      await expectFailure(terminal.write('late'), 'CLOSED');
      await terminal[Symbol.asyncDispose]();
      const gone = 'until ! grep -q "^/bin/sh.$" /proc/[0-9]*/cmdline; do sleep 0.02; done; cat /proc/1/comm';
      await rig.engine.execute(id, { command: ['sh', '-c', gone] });
      expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: true });
    });

    it('ends with its container', async () => {
      const id = await rig.start('exec sleep 3600');
      await using terminal = await rig.engine.openTerminal(id, { command: ['/bin/sh'] });
      await rig.engine.removeContainer(id);
      await reader(terminal).rest();
      await terminal.ended;
    });

    it('needs a command that is there, in a container that runs', async () => {
      const box = await rig.box();
      const absent = rig.engine.openTerminal(box, { command: ['slipway-no-such-program'] });
      expect((await expectFailure(absent, 'START_FAILED')).message).toContain('slipway-no-such-program');
      await expectFailure(rig.engine.openTerminal('slipway-nothing', { command: ['true'] }), 'NOT_FOUND');
      await expectFailure(
        rig.engine.openTerminal(await rig.create('true'), { command: ['true'] }),
        'CONFLICT',
      );
    });
  });
}

/** What appears on a terminal, as the tests of streams read it. */
function reader({ output }: Terminal): OutputReader {
  const frames = async function* () {
    for await (const bytes of output) yield { stream: 'stdout' as const, bytes };
  };
  return new OutputReader(frames());
}
