import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { OutputReader, readOutput } from './output.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';
import { heldBytes } from './testing/held-bytes.ts';

const MEBIBYTE = 1024 * 1024;

/** Standard streams, attached and logged. */
export function describeStreams(options: ContractOptions): void {
  describe('standard streams', () => {
    const rig = useRig(options);

    it('tell output and errors apart, and end with the container', async () => {
      const { stdout, stderr, exitCode } = await rig.run('echo out; echo err >&2; printf last; exit 2');
      expect({ stdout: `${stdout}`, stderr: `${stderr}`, exitCode }).toEqual({
        stdout: 'out\nlast',
        stderr: 'err\n',
        exitCode: 2,
      });
    });

    it('carry every byte as it is', async () => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const escaped = [...all].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      const { stdout } = await rig.run(`printf '${escaped}'`);
      expect(stdout.equals(all)).toBe(true);
    });

    it('are one stream with the line ends of a terminal where that is asked for', async () => {
      const id = await rig.create('echo out; echo err >&2; printf "last\\r\\n\\033[1m"; exit 2', {
        tty: true,
      });
      await using attachment = await rig.engine.attachContainer(id, { input: false, tty: true });
      await rig.engine.startContainer(id);
      const { stdout, stderr } = await readOutput(attachment.output);
      expect(`${stdout}`).toBe('out\r\nerr\r\nlast\r\r\n\u001b[1m');
      expect(stderr.length).toBe(0);
      expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 2 });
    });

    describeInput(rig);
    it.skipIf(rig.differs('commands are looked at earlier'))(
      'end when the command cannot be started',
      async () => {
        const id = await rig.create('', { command: ['slipway-no-such-program'] });
        await using attachment = await rig.engine.attachContainer(id);
        await expectFailure(rig.engine.startContainer(id), 'START_FAILED');
        await readOutput(attachment.output);
      },
    );

    describeAttachments(rig);
    describeLog(rig);
  });
}

function describeLog(rig: Rig): void {
  describe('the log', () => {
    it('has the last lines of both streams', async () => {
      const id = await rig.start('echo 1; echo 2 >&2; echo 3; echo 4 >&2');
      await rig.engine.waitContainer(id);
      const lines = async (tailLines: number) =>
        (await rig.engine.readLogs(id, { tailLines })).toString().split('\n').sort().join('');
      expect(await lines(100)).toBe('1234');
      expect((await lines(2)).length).toBe(2);
      expect(await rig.engine.readLogs(id, { tailLines: 0 })).toEqual(Buffer.alloc(0));
    });

    it('is empty before the start, and absent with the container', async () => {
      expect(await rig.engine.readLogs(await rig.create('true'), { tailLines: 5 })).toEqual(Buffer.alloc(0));
      await expectFailure(rig.engine.readLogs('slipway-nothing', { tailLines: 5 }), 'NOT_FOUND');
    });
  });
}

function describeInput(rig: Rig): void {
  it('take input, byte for byte, until it is closed', async () => {
    const id = await rig.create('exec cat', { openStdin: true });
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    const bytes = randomBytes(3 * MEBIBYTE);
    const output = readOutput(attachment.output);
    await attachment.write('text ✓\n');
    await attachment.write(bytes);
    attachment.closeInput();
    const { stdout } = await output;
    expect(stdout.equals(Buffer.concat([Buffer.from('text ✓\n'), bytes]))).toBe(true);
    expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 0 });
  });

  it('take input that was written before the start', async () => {
    const id = await rig.create('read line; echo "got $line"', { openStdin: true });
    await using attachment = await rig.engine.attachContainer(id);
    const written = attachment.write('early\n');
    await rig.engine.startContainer(id);
    await written;
    expect(await new OutputReader(attachment.output).rest()).toBe('got early\n');
  });

  it('end the input, not the output, with closeInput', async () => {
    const id = await rig.create('cat > /dev/null; echo after', { openStdin: true });
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    attachment.closeInput();
    expect(await new OutputReader(attachment.output).rest()).toBe('after\n');
    await expectFailure(attachment.write('late'), 'CLOSED');
  });

  it('are empty on the input side where it was not opened', async () => {
    expect(await rig.run('cat; echo end')).toMatchObject({ stdout: Buffer.from('end\n'), exitCode: 0 });
  });

  it('refuse input after the end', async () => {
    const id = await rig.create('exit 0', { openStdin: true });
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    await readOutput(attachment.output);
    await expectFailure(attachment.write('late'), 'CLOSED');
    attachment.closeInput();
  });

  it('lose nothing that was printed when input is written to one that has just ended', async () => {
    const id = await rig.create('head -c 300000 /dev/zero; exit 0', { openStdin: true });
    await using attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    const writes = Array.from({ length: 20 }, () => attachment.write('x'.repeat(10_000)).catch(() => {}));
    const { stdout } = await readOutput(attachment.output);
    expect(stdout.length).toBe(300_000);
    await Promise.all(writes);
  });
}

function describeAttachments(rig: Rig): void {
  it('may be attached several times; each gets all the output', async () => {
    const id = await rig.create('read line; echo "$line"', { openStdin: true });
    await using first = await rig.engine.attachContainer(id);
    await using second = await rig.engine.attachContainer(id, { input: false });
    await rig.engine.startContainer(id);
    await expectFailure(second.write('no'), 'CLOSED');
    await first.write('both\n');
    const outputs = await Promise.all([first, second].map(({ output }) => new OutputReader(output).rest()));
    expect(outputs).toEqual(['both\n', 'both\n']);
  });

  it('are let go of at dispose; the container goes on', async () => {
    const id = await rig.create('echo ready; exec sleep 3600');
    const attachment = await rig.engine.attachContainer(id);
    await rig.engine.startContainer(id);
    const reader = new OutputReader(attachment.output);
    await reader.until('ready');
    const rest = reader.rest();
    await attachment[Symbol.asyncDispose]();
    await rest;
    await expectFailure(attachment.write('late'), 'CLOSED');
    await attachment[Symbol.asyncDispose]();
    expect(await rig.engine.inspectContainer(id)).toMatchObject({ running: true });
  });

  it('let go of a write that nobody reads at dispose', async () => {
    const id = await rig.start('exec sleep 3600', { openStdin: true });
    const attachment = await rig.engine.attachContainer(id);
    const write = expectFailure(attachment.write(Buffer.alloc(64 * MEBIBYTE)), 'CLOSED');
    await attachment[Symbol.asyncDispose]();
    await write;
  });

  it('cannot be attached to an absent container', async () => {
    await expectFailure(rig.engine.attachContainer('slipway-nothing'), 'NOT_FOUND');
  });

  it('pass 64 MiB through flat memory to a reader that takes its time', async () => {
    const id = await rig.create(`dd if=/dev/zero bs=1M count=64 2>/dev/null | tr '\\000' x`);
    await using attachment = await rig.engine.attachContainer(id);
    const before = heldBytes();
    await rig.engine.startContainer(id);
    let sizeBytes = 0;
    let highest = 0;
    for await (const { bytes } of attachment.output) {
      sizeBytes += bytes.length;
      highest = Math.max(highest, heldBytes(before + 32 * MEBIBYTE) - before);
      await new Promise(setImmediate);
    }
    expect(sizeBytes).toBe(64 * MEBIBYTE);
    expect(highest).toBeLessThan(32 * MEBIBYTE);
  });
}
