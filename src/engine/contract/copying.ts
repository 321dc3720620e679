import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { hostHas } from './host.ts';
import { readOutput } from './output.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';
import { StallingSource } from './stalling-source.ts';
import { largeFileHeader, packTar, readAll, readTar, type TarEntry } from './tar.ts';

const DEEP = `deep/${'n'.repeat(120)}/${'m'.repeat(120)}`;

/** Every kind of thing that a project or an artifact may hold. */
const TREE: readonly TarEntry[] = [
  { name: 'tree', type: 'directory', mode: 0o755 },
  { name: 'tree/plain', mode: 0o644, content: 'plain\n' },
  { name: 'tree/program', mode: 0o755, content: '#!/bin/sh\n' },
  { name: 'tree/secret', mode: 0o600, content: Buffer.from([0, 255, 128, 10]) },
  { name: 'tree/empty', mode: 0o644, content: '' },
  { name: 'tree/folder', type: 'directory', mode: 0o750 },
  { name: 'tree/link', type: 'symlink', linkname: 'plain' },
  { name: 'tree/dangling', type: 'symlink', linkname: '/no/where' },
  { name: 'tree/naïve ☃ name', mode: 0o644, content: 'unicode' },
  { name: `tree/${DEEP}`, mode: 0o640, content: randomBytes(300_000) },
];

export function describeCopying(options: ContractOptions): void {
  describe('copying', () => {
    const rig = useRig(options);

    it.each(['running', 'never started', 'ended'])(
      'puts a tree into a container that is %s, and takes it out',
      async (state) => {
        const id =
          state === 'never started'
            ? await rig.create('true')
            : await rig.start(state === 'ended' ? 'true' : 'exec sleep 3600');
        if (state === 'ended') await rig.engine.waitContainer(id);
        await rig.engine.copyIn(id, '/tmp', packTar(TREE));
        const tar = await rig.engine.copyOut(id, '/tmp/tree');
        const entries = await readTar(tar);
        for (const { name, type = 'file', mode, linkname, content = '' } of TREE) {
          expect(entries.get(name)).toMatchObject({ type, content: Buffer.from(content) });
          if (type === 'symlink') expect(entries.get(name)).toMatchObject({ linkname });
          else expect(entries.get(name)?.mode).toBe(mode);
        }
      },
    );

    it('is seen by what runs, and sees what ran', async () => {
      const id = await rig.create('cat /tmp/in; echo out > /tmp/out');
      await rig.engine.copyIn(id, '/tmp', packTar([{ name: 'in', content: 'in' }]));
      await rig.engine.startContainer(id);
      await rig.engine.waitContainer(id);
      const entries = await readTar(await rig.engine.copyOut(id, '/tmp/out'));
      expect([...entries.keys()]).toEqual(['out']);
      expect(entries.get('out')?.content.toString()).toBe('out\n');
    });

    it.skipIf(options.onlyRoot)('keeps owners', async () => {
      const id = await rig.create('stat -c "%u %g" /tmp/in');
      await rig.engine.copyIn(id, '/tmp', packTar([{ name: 'in', content: 'in', uid: 1000, gid: 1001 }]));
      await using attachment = await rig.engine.attachContainer(id);
      await rig.engine.startContainer(id);
      expect((await readOutput(attachment.output)).stdout.toString()).toBe('1000 1001\n');
      if (rig.differs('owners are lost by a copy out')) return;
      const entries = await readTar(await rig.engine.copyOut(id, '/tmp/in'));
      expect(entries.get('in')).toMatchObject({ uid: 1000, gid: 1001 });
    });

    it('replaces what is there', async () => {
      const id = await rig.create('true');
      await rig.engine.copyIn(id, '/tmp', packTar([{ name: 'a', content: 'a long first text' }]));
      await rig.engine.copyIn(id, '/tmp', packTar([{ name: 'a', content: 'second' }]));
      const entries = await readTar(await rig.engine.copyOut(id, '/tmp/a'));
      expect(entries.get('a')?.content.toString()).toBe('second');
    });

    it('stays inside the container', async () => {
      const id = await rig.create('true');
      const tree: TarEntry[] = [
        { name: 'out', type: 'symlink', linkname: '../../tmp' },
        { name: 'out/slipway-escaped', content: 'escaped' },
      ];
      await rig.engine.copyIn(id, '/tmp', packTar(tree)).catch(() => {});
      await rig.engine
        .copyIn(id, '/tmp', packTar([{ name: '../../../slipway-escaped', content: 'x' }]))
        .catch(() => {});
      expect(await hostHas('/tmp/slipway-escaped')).toBe(false);
      expect(await hostHas('/slipway-escaped')).toBe(false);
    });

    describeCopyIn(rig);

    describeCopyOut(rig);
  });
}

function describeCopyIn(rig: Rig): void {
  describe('in', () => {
    it('rejects where the container or the folder is absent', async () => {
      const id = await rig.create('true');
      await expectFailure(rig.engine.copyIn('slipway-nothing', '/', packTar([])), 'NOT_FOUND');
      if (rig.differs('folders are made by a copy in')) return;
      await expectFailure(rig.engine.copyIn(id, '/no/such', packTar([])), 'NOT_FOUND');
    });

    it('rejects what is no tar, and a place that is no folder', async () => {
      const id = await rig.create('true');
      await expectFailure(rig.engine.copyIn(id, '/', chunks(Buffer.alloc(70_000, 'x'))), 'INVALID');
      await expectFailure(rig.engine.copyIn(id, '/bin/sh', packTar([])), 'INVALID');
    });

    it.each(['at once', 'after a megabyte'])(
      'lets go of an endless source that is refused: it stalls %s',
      async (when) => {
        const source = new StallingSource(await largeFileHeader(), when === 'at once' ? 0 : 16);
        await expectFailure(rig.engine.copyIn('slipway-nothing', '/', source), 'NOT_FOUND');
        await source.closed;
      },
    );

    it('rejects with the error of the source', async () => {
      const id = await rig.create('true');
      const failing = (async function* () {
        yield Buffer.alloc(512);
        throw new Error('disk on fire');
      })();
      await expect(rig.engine.copyIn(id, '/', failing)).rejects.toThrow('disk on fire');
    });

    it('stops when its signal aborts, also where the source stalls', async () => {
      const id = await rig.create('true');
      const controller = new AbortController();
      const source = new StallingSource(await largeFileHeader(), 4);
      const copying = expectFailure(
        rig.engine.copyIn(id, '/', source, { signal: controller.signal }),
        'ABORTED',
      );
      await source.stalled;
      controller.abort();
      await copying;
      await source.closed;
    });
  });
}

function describeCopyOut(rig: Rig): void {
  describe('out', () => {
    it('finds nothing where there is nothing', async () => {
      expect(await rig.engine.copyOut(await rig.create('true'), '/no/such')).toBeUndefined();
    });

    it('rejects where the container is absent', async () => {
      await expectFailure(rig.engine.copyOut('slipway-nothing', '/bin'), 'NOT_FOUND');
    });

    it('names entries after the last part of the path', async () => {
      const entries = await readTar(await rig.engine.copyOut(await rig.create('true'), '/bin/busybox'));
      expect([...entries.keys()]).toEqual(['busybox']);
    });

    it.skipIf(rig.differs('links are followed by a copy out'))(
      'takes a symbolic link for what it is',
      async () => {
        const id = await rig.create('true');
        await rig.engine.copyIn(id, '/tmp', packTar([{ name: 'link', type: 'symlink', linkname: '/bin' }]));
        const entries = await readTar(await rig.engine.copyOut(id, '/tmp/link'));
        expect([...entries.values()]).toMatchObject([{ name: 'link', type: 'symlink', linkname: '/bin' }]);
        const behind = await readTar(await rig.engine.copyOut(id, '/tmp/link/busybox'));
        expect(behind.get('busybox')).toMatchObject({ type: 'file' });
      },
    );

    it('may be left early, also before the first byte', async () => {
      const id = await rig.box();
      for (let n = 0; n < 5; n += 1) {
        const tar = await rig.engine.copyOut(id, '/bin');
        for await (const _ of tar ?? []) break;
        const unread = await rig.engine.copyOut(id, '/bin');
        await unread?.[Symbol.asyncIterator]().return?.();
      }
      expect((await readAll(await rig.engine.copyOut(id, '/bin/sh'))).length).toBeGreaterThan(0);
    });

    it('stops when its signal aborts', async () => {
      const id = await rig.start('head -c 30000000 /dev/zero > /large; exec sleep 3600');
      await rig.engine.execute(id, {
        command: ['sh', '-c', 'until [ "$(cat /proc/1/comm)" = sleep ]; do sleep 0.02; done'],
      });
      const controller = new AbortController();
      const tar = await rig.engine.copyOut(id, '/large', { signal: controller.signal });
      const reading = (async () => {
        for await (const _ of tar ?? []) controller.abort();
      })();
      await expectFailure(reading, 'ABORTED');
    });
  });
}

async function* chunks(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all;
}
