import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, useRig } from './rig.ts';
import { packTar } from './tar.ts';

/** What all methods have in common: signals, concurrency, the end of the engine object. */
export function describeCalls(options: ContractOptions): void {
  describe('calls', () => {
    const rig = useRig(options);

    it('says what the engine is', async () => {
      const info = await rig.engine.ping();
      expect(info).toMatchObject({
        os: 'linux',
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      });
      expect(info.name).not.toBe('');
      expect(info.version).toMatch(/\d/);
      expect(info.endpoint).toContain(':');
    });

    it('rejects with ABORTED when the signal is aborted already, and says the reason', async () => {
      const id = await rig.create('true');
      const signal = AbortSignal.abort(new Error('enough'));
      const { engine } = rig;
      const calls = [
        engine.ping({ signal }),
        engine.pullImage('localhost:1/none:1', { signal }),
        engine.attachContainer(id, { signal }),
        engine.waitContainer(id, { signal }),
        engine.execute(id, { command: ['true'], signal }),
        engine.copyIn(id, '/', packTar([]), { signal }),
        engine.copyOut(id, '/', { signal }),
      ];
      for (const call of calls) {
        const error = await expectFailure(call, 'ABORTED');
        expect(error.cause).toEqual(new Error('enough'));
      }
    });

    it('lets go of the signal when a call is over', async () => {
      const { signal } = new AbortController();
      const id = await rig.start('exec sleep 3600');
      await rig.engine.ping({ signal });
      await rig.engine.execute(id, { command: ['true'], signal });
      await rig.engine.copyIn(id, '/', packTar([{ name: 'a', content: 'a' }]), { signal });
      for await (const _ of (await rig.engine.copyOut(id, '/a', { signal })) ?? []);
      await using _attachment = await rig.engine.attachContainer(id, { signal });
      await rig.engine.killContainer(id);
      await rig.engine.waitContainer(id, { signal });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('answers many calls at once', async () => {
      const { signal } = new AbortController();
      const ids = await Promise.all(Array.from({ length: 8 }, () => rig.create('true')));
      const waits = Array.from({ length: 40 }, (_, n) =>
        rig.engine.waitContainer(ids[n % 8] ?? '', { signal }),
      );
      const inspections = Array.from({ length: 40 }, (_, n) => rig.engine.inspectContainer(ids[n % 8] ?? ''));
      const pings = Array.from({ length: 40 }, () => rig.engine.ping({ signal }));
      await Promise.all([...waits, ...pings]);
      expect((await Promise.all(inspections)).map((container) => container?.id)).toEqual(
        Array.from({ length: 40 }, (_, n) => ids[n % 8]),
      );
    });

    describe('after dispose', () => {
      it('rejects with CLOSED, what was under way included', async () => {
        const engine = await options.open();
        const id = await engine.createContainer({
          name: rig.name('container'),
          image: rig.image,
          command: ['sleep', '3600'],
          labels: rig.labels,
        });
        await engine.startContainer(id);
        const waiting = expectFailure(engine.waitContainer(id), 'CLOSED');
        const attachment = await engine.attachContainer(id);
        await engine[Symbol.asyncDispose]();
        await waiting;
        await expectFailure(engine.ping(), 'CLOSED');
        await expectFailure(attachment.write('late'), 'CLOSED');
        await engine[Symbol.asyncDispose]();
      });
    });
  });
}
